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
