import { expect, test } from 'vitest';
import { explore } from './explore.ts';
import { type Guard, without } from './guards.ts';
import { written } from './search.ts';
import type { Bounds } from './state.ts';
import { BACKED, UNNEEDED } from './teeth.ts';

/*
 * The whole space is searched for each of these, since nothing ends the search early: half of the model's time, for
 * guards whose absence does no harm. They run with `npm run test:model`, not with `npm test`.
 */

const tracesOf = (bounds: Partial<Bounds>, name: Guard): string => {
  const { counterexample } = explore(bounds, without(name));
  return counterexample ? written(counterexample) : '';
};

test.for(['flipComparesStatus', 'targetIsNotLive', 'cleanUpComparesStatus', 'isAsKept'] as const)(
  'without %s alone another guard stands behind it',
  (name) => {
    const bounds = { writes: 1, ...BACKED.find((one) => one.without.includes(name))?.bounds };
    expect(tracesOf(bounds, name)).toBe('');
  },
);

test.for(UNNEEDED)('without %s nothing breaks where there is no time', ([name, bounds]) => {
  expect(tracesOf(bounds, name)).toBe('');
});
