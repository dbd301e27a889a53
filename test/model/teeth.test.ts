import { expect, test } from 'vitest';
import { explore } from './explore.ts';
import { type Guard, guards, without } from './guards.ts';
import { type Counterexample, written } from './search.ts';
import { BACKED, TEETH, UNNEEDED } from './teeth.ts';

const shown = (names: readonly Guard[], counterexample: Counterexample): void => {
  const { invariant, how, steps } = counterexample;
  const line = `without ${names.join(' and ')}: ${invariant} is broken in ${steps.length} steps: ${how}`;
  process.stdout.write(process.env.TRACES ? `${line}\n${written(counterexample)}\n` : `${line}\n`);
};

test.for(TEETH)('$breaks is broken without $without', ({ without: names, bounds, breaks }) => {
  const { counterexample } = explore(bounds, without(...names));
  if (counterexample) shown(names, counterexample);
  expect(counterexample?.invariant).toBe(breaks);
});

test.for(BACKED)('$breaks is broken without $without together', ({ without: names, bounds, breaks }) => {
  const { counterexample } = explore(bounds, without(...names));
  if (counterexample) shown(names, counterexample);
  expect(counterexample?.invariant).toBe(breaks);
});

test('every guard has its test', () => {
  const tested = [...TEETH, ...BACKED].flatMap((one) => one.without).concat(UNNEEDED.map(([name]) => name));
  expect(new Set(tested)).toEqual(new Set(Object.keys(guards)));
});
