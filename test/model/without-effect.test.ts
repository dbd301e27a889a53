import { expect, test } from 'vitest';
import { explore } from './explore.ts';
import { type Guard, without } from './guards.ts';
import { written } from './search.ts';
import type { Bounds } from './state.ts';
import { BACKED, UNNEEDED } from './teeth.ts';

/*
 * Searches the whole space for each of these guards, since no violation ends the search early. That takes half of the model's
 * time for guards whose absence breaks nothing, so it runs with `npm run test:model`, not with `npm test`.
 */

const tracesOf = (bounds: Partial<Bounds>, name: Guard): string => {
  const { counterexample } = explore(bounds, without(name));
  return counterexample ? written(counterexample) : '';
};

test.for(['flipComparesStatus', 'targetIsNotLive', 'cleanUpComparesStatus', 'isAsKept'] as const)(
  'without %s alone another guard prevents the fault',
  (name) => {
    const bounds = { writes: 1, ...BACKED.find((one) => one.without.includes(name))?.bounds };
    expect(tracesOf(bounds, name)).toBe('');
  },
);

test.for(UNNEEDED)('without %s nothing breaks in a model without time', ([name, bounds]) => {
  expect(tracesOf(bounds, name)).toBe('');
});
