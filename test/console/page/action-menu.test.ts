import { expect, test } from 'vitest';
import { actionMenu } from '../../../functions/console/page/parts/action-menu.ts';

const allowed = { allowed: true, reason: null, danger: 'none' } as const;
const actions = [
  { ...allowed, name: 'resume', allowed: false, reason: 'mig-1 is not paused' },
  { ...allowed, name: 'limit' },
  { ...allowed, name: 'end-hold', danger: 'irreversible' },
] as const;
const limits = { id: 'limit', text: 'Change limits' };
const end = { id: 'end-hold', text: 'End the hold, delete the source' };
const resume = { id: 'resume', text: 'Resume', disabled: true };

test('a menu has the possible actions first, apart from those that cannot be undone', () => {
  expect(actionMenu(actions, 'mig-1', undefined)).toEqual([
    limits,
    { text: 'Cannot be undone', items: [end] },
    {
      text: 'Not possible now',
      items: [{ ...resume, secondaryText: 'The migration is not paused.' }],
    },
  ]);
});

test('a menu of an operator who may use none of the actions says so beside each', () => {
  const refusal = 'This needs the role operator.';
  const refused = [resume, limits, end].map((one) => ({ ...one, disabled: true, secondaryText: refusal }));
  expect(actionMenu(actions, 'mig-1', refusal)).toEqual([{ text: 'Not possible now', items: refused }]);
});
