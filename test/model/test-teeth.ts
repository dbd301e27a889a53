import { expect, test } from 'vitest';
import { type Counterexample, type SweepFinding, written } from './search.ts';
import type { Broken } from './state.ts';

/** Expectation for the protocol without some of its guards: the search breaks this invariant within these bounds. */
export interface Tooth<Name extends string, Bounds> {
  readonly without: readonly Name[];
  readonly bounds: Partial<Bounds>;
  readonly breaks: Broken['invariant'];
}

const show = (names: readonly string[], counterexample: Counterexample): void => {
  const { invariant, how, steps } = counterexample;
  const line = `without ${names.join(' and ')}: ${invariant} is broken in ${steps.length} steps: ${how}`;
  process.stdout.write(process.env.TRACES ? `${line}\n${written(counterexample)}\n` : `${line}\n`);
};

/** Tests each tooth: removes its guards and expects the violation. */
export const testTeeth = <Name extends string, Bounds>(
  teeth: readonly Tooth<Name, Bounds>[],
  explore: (bounds: Partial<Bounds>, names: readonly Name[]) => SweepFinding,
): void =>
  test.for(teeth)('$breaks is broken without $without', ({ without: names, bounds, breaks }) => {
    const { counterexample } = explore(bounds, names);
    if (counterexample) show(names, counterexample);
    expect(counterexample?.invariant).toBe(breaks);
  });
