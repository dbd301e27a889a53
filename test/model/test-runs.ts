import { expect, test } from 'vitest';
import { type SweepFinding, written } from './search.ts';

/** Bounds that both models have. */
interface SearchCounts {
  readonly cancels?: number;
  readonly rollbacks?: number;
}

/** Explores the protocol once for each of these bounds. @param leastStates minimum number of states reached in all. */
export const testRuns = <B extends SearchCounts>(
  explore: (bounds: B) => SweepFinding,
  runs: readonly (readonly [string, B])[],
  leastStates: number,
): void => {
  const total = { states: 0, depth: 0 };

  test.for(runs)('I1 to I6 hold, and the tenant can always be recovered, with %s', ([name, bounds]) => {
    const { states, depth, endings, counterexample } = explore(bounds);
    process.stdout.write(`${states} states explored, depth ${depth}: ${name}\n`);
    total.states += states;
    total.depth = Math.max(total.depth, depth);
    expect(counterexample && written(counterexample)).toBeUndefined();
    expect([...endings]).toContain('completed');
    if (bounds.cancels) expect([...endings]).toContain('cancelled');
    if (bounds.rollbacks) expect([...endings]).toContain('rolledBack');
  });

  test(`the search visits at least ${leastStates} states`, () => {
    process.stdout.write(`${total.states} states explored, depth ${total.depth}\n`);
    expect(total.states).toBeGreaterThan(leastStates);
  });
};
