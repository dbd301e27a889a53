import type { ButtonDropdownProps } from '@cloudscape-design/components/button-dropdown';
import { sentence } from '../api/problem.ts';
import type { Action } from '../api/schema.ts';
import { ACTION_LABELS } from './action-labels.ts';

type MenuAction = Pick<Action, 'name' | 'allowed' | 'reason' | 'danger'>;

/**
 * Returns the menu of actions: the possible ones first, then those that cannot be undone, then the refused ones. A reason is
 * a part of its item: a tooltip would cover the menu once it opens, and take the Escape that should close the menu.
 * @param migrationId named by reasons, which need not name the migration that is on the screen.
 * @param refusal reason why the operator may use none of them.
 */
export const actionMenu = (
  actions: readonly MenuAction[],
  migrationId: string,
  refusal: string | undefined,
): readonly ButtonDropdownProps.ItemOrGroup[] => {
  const possible = actions.filter(({ allowed }) => allowed && refusal === undefined);
  const refused = actions.filter(({ allowed }) => !allowed || refusal !== undefined);
  const groups = [
    { text: 'Cannot be undone', items: possible.filter(({ danger }) => danger === 'irreversible').map(item) },
    {
      text: 'Not possible now',
      items: refused.map((action) => ({
        ...item(action),
        disabled: true,
        secondaryText: refusal ?? sentence((action.reason ?? '').replaceAll(migrationId, 'the migration')),
      })),
    },
  ];
  return [
    ...possible.filter(({ danger }) => danger !== 'irreversible').map(item),
    ...groups.filter(({ items }) => items.length > 0),
  ];
};

const item = ({ name }: MenuAction): ButtonDropdownProps.Item => ({ id: name, text: ACTION_LABELS[name] });
