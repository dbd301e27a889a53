import type { Migration } from '../migration.ts';
import type { Ports } from '../ports.ts';
import type { Side } from '../routing/route.ts';
import { joinByKey, type Pair, type Sides } from './differences.ts';

/** Differing keys that are asked for in the journal at once. */
const ASKED = 100;

/** A key of the side that a flip has left and of the live side. */
export interface Explained {
  readonly pair: Pair;
  /**
   * `same`; `expired` on one side; `changed` by the application on the live side since the flip; or `unexplained`: the
   * journal has no change yet.
   */
  readonly why: 'same' | 'expired' | 'changed' | 'unexplained';
}

/**
 * Goes through both sides after a flip, and says of each key that differs whether a change since the flip explains it.
 * @param live the side that the application writes.
 */
export async function* explainPairs(
  ports: Ports,
  migration: Migration,
  sides: Sides,
  live: Side,
): AsyncGenerator<Explained> {
  const asked: Pair[] = [];
  const ask = async (): Promise<Explained[]> => {
    const pairs = asked.splice(0);
    if (pairs.length === 0) return [];
    const keys = pairs.map(({ key }) => key);
    const changed = await ports.journal.marked(migration.migrationId, live, keys);
    return pairs.map((pair) => ({ pair, why: changed.has(pair.key) ? 'changed' : 'unexplained' }));
  };
  for await (const pair of joinByKey(ports, sides)) {
    if (pair.kind === 'same' || pair.kind === 'expired') yield { pair, why: pair.kind };
    else asked.push(pair);
    if (asked.length >= ASKED) yield* await ask();
  }
  yield* await ask();
}
