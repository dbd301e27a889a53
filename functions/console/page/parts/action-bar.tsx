import Button, { type ButtonProps } from '@cloudscape-design/components/button';
import ButtonDropdown from '@cloudscape-design/components/button-dropdown';
import SpaceBetween from '@cloudscape-design/components/space-between';
import type { Action } from '../api/schema.ts';
import { useRoleRefusal } from '../api/use-role.ts';
import { ACTION_LABELS, type ActionName } from './action-labels.ts';
import { openedAction } from './open-action.ts';
import type { SteerResult } from './use-action.ts';

interface ActionButtonProps {
  readonly action: Action;
  readonly steered: SteerResult;
  readonly variant?: ButtonProps.Variant;
  readonly label?: string;
}

/** A button for one action. If the action is not allowed, it says why to pointer and keyboard. */
export const ActionButton = ({ action, steered, variant = 'normal', label }: ActionButtonProps) => {
  const roleRefusal = useRoleRefusal('operator');
  const { name, allowed } = action;
  const reason = roleRefusal ?? action.reason;
  return (
    <Button
      variant={variant}
      disabled={!allowed || roleRefusal !== undefined}
      {...(reason === null ? {} : { disabledReason: reason })}
      onClick={() => openedAction.set({ action, steered })}
    >
      {label ?? ACTION_LABELS[name]}
    </Button>
  );
};

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
          items={rest.map(({ name, allowed, reason }) => ({
            id: name,
            text: ACTION_LABELS[name],
            disabled: !allowed || roleRefusal !== undefined,
            disabledReason: roleRefusal ?? reason ?? '',
          }))}
          onItemClick={({ detail }) => {
            const action = rest.find(({ name }) => name === detail.id);
            if (action) openedAction.set({ action, steered });
          }}
        >
          More actions
        </ButtonDropdown>
      )}
    </SpaceBetween>
  );
};
