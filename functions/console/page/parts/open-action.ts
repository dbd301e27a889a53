import type { ComponentType } from 'react';
import type { Action } from '../api/schema.ts';
import { createStore } from '../api/store.ts';
import type { SteerResult } from './use-action.ts';

interface OpenedAction {
  readonly action: Action;
  /** As it was when the operator opened the dialog: a later change is found by its tag. */
  readonly steered: SteerResult;
}

/**
 * The action whose dialog is open. The shell shows it, and not the row that it was opened from: a row goes away when another
 * operator is faster, and the dialog has to stay and say so.
 */
export const openedAction = createStore<OpenedAction | undefined>(undefined);

type Dialog = ComponentType<OpenedAction & { readonly onDismiss: () => void }>;

/** The dialog of actions, once it has been loaded. `lazy` would hide it for another 300 ms, as Suspense delays what it shows. */
export const actionDialog = createStore<{ readonly Dialog: Dialog } | undefined>(undefined);

/** Loads the dialog, which is no part of the first load. Buttons of actions do so once they are shown. */
export const loadActionDialog = async (): Promise<void> => {
  if (actionDialog.get()) return;
  const { ActionDialog } = await import('./action-dialog.tsx');
  actionDialog.set({ Dialog: ActionDialog });
};

/** Opens the dialog of an action. If its code cannot be loaded, the button can be pressed again. */
export const openAction = async (opened: OpenedAction): Promise<void> => {
  openedAction.set(opened);
  try {
    await loadActionDialog();
  } catch (error) {
    openedAction.set(undefined);
    throw error;
  }
};
