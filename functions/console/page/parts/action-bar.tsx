import Button, { type ButtonProps } from '@cloudscape-design/components/button';
import ButtonDropdown, { type ButtonDropdownProps } from '@cloudscape-design/components/button-dropdown';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useEffect } from 'react';
import type { Action } from '../api/schema.ts';
import { useStore } from '../api/store.ts';
import { useRoleRefusal } from '../api/use-role.ts';
import { ACTION_LABELS, type ActionName } from './action-labels.ts';
import { actionMenu } from './action-menu.ts';
import { actionDialog, loadActionDialog, openAction, openedAction } from './open-action.ts';
import type { SteerResult } from './use-action.ts';

/** Loads the dialog of actions, and returns the name of the action that waits for it. */
const useWaitingAction = ({ migrationId }: SteerResult): ActionName | undefined => {
  const opened = useStore(openedAction);
  const isLoaded = useStore(actionDialog) !== undefined;
  useEffect(() => {
    // a press of the button tries again
    loadActionDialog().catch(() => undefined);
  }, []);
  return isLoaded || opened?.steered.migrationId !== migrationId ? undefined : opened.action.name;
};

interface ActionButtonProps {
  readonly action: Action;
  readonly steered: SteerResult;
  readonly variant?: ButtonProps.Variant;
  readonly label?: string;
}

/** A button for one action. If the action is not allowed, it says why to pointer and keyboard. */
export const ActionButton = ({ action, steered, variant = 'normal', label }: ActionButtonProps) => {
  const roleRefusal = useRoleRefusal('operator');
  const waiting = useWaitingAction(steered);
  const { name, allowed } = action;
  const reason = roleRefusal ?? action.reason;
  const text = label ?? ACTION_LABELS[name];
  return (
    <Button
      variant={variant}
      loading={waiting === name}
      loadingText={text}
      disabled={!allowed || roleRefusal !== undefined}
      {...(reason === null ? {} : { disabledReason: reason })}
      onClick={() => void openAction({ action, steered })}
    >
      {text}
    </Button>
  );
};

/** A refused action of the menu. The kit would draw its reason too pale to be read. */
const RefusedItem = ({ item }: { readonly item: ButtonDropdownProps.Item }) => (
  <span className="menu-refused">
    {item.text}
    <span className="note">{item.secondaryText}</span>
  </span>
);

interface ActionBarProps {
  readonly actions: readonly Action[];
  readonly steered: SteerResult;
  /** Actions with a button of their own, in this order; the others are in a menu. */
  readonly shown: readonly ActionName[];
  /** The recommended action, whose button stands out. */
  readonly primary?: string | undefined;
}

/** The actions of a migration: those that the operator needs most as buttons, the others in a menu with their reasons. */
export const ActionBar = ({ actions, steered, shown, primary }: ActionBarProps) => {
  const roleRefusal = useRoleRefusal('operator');
  const waiting = useWaitingAction(steered);
  const buttons = shown.flatMap((name) => actions.filter((one) => one.name === name));
  const rest = actions.filter(({ name }) => !shown.includes(name));
  return (
    <SpaceBetween direction="horizontal" size="xs">
      {buttons.map((action) => (
        <ActionButton
          key={action.name}
          action={action}
          steered={steered}
          variant={action.name === primary ? 'primary' : 'normal'}
        />
      ))}
      {rest.length > 0 && (
        <ButtonDropdown
          items={actionMenu(rest, steered.migrationId, roleRefusal)}
          renderItem={({ item }) =>
            item.type === 'action' && item.disabled ? <RefusedItem item={item.option} /> : null
          }
          loading={rest.some(({ name }) => name === waiting)}
          loadingText="More actions"
          onItemClick={({ detail }) => {
            const action = rest.find(({ name }) => name === detail.id);
            if (action) void openAction({ action, steered });
          }}
        >
          More actions
        </ButtonDropdown>
      )}
    </SpaceBetween>
  );
};
