import { Throttled } from '../errors.ts';
import type { Migration } from '../migration.ts';
import type { EntityKey } from '../names.ts';
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
   * journal has no change yet, or only one that may be our own.
   */
  readonly why: 'same' | 'expired' | 'changed' | 'unexplained';
}

/** Keys that were asked for together, in any order beside others. */
export interface ExplainedKeys {
  readonly explained: readonly Explained[];
  /** Every key up to this one has been given; absent while some of them have yet to be asked for. */
  readonly through?: EntityKey;
}

/**
 * Goes through both sides after a flip, and says of each key that differs whether a change since the flip explains it.
 * @param live the side that the application writes.
 * @param byFirstChange true if a journal entry explains a key only if the key has a first change, too. Without one it may be
 * the echo of our own put before the flip, which came through capture late: the application need not have written the key.
 * @throws Throttled once all that was read has been given
 */
export async function* explainPairs(
  ports: Ports,
  migration: Migration,
  sides: Sides,
  live: Side,
  byFirstChange: boolean,
): AsyncGenerator<ExplainedKeys> {
  const asked: Pair[] = [];
  let through: EntityKey | undefined;
  const ask = async (): Promise<ExplainedKeys> => {
    const pairs = asked.splice(0);
    if (pairs.length === 0) return { explained: [] };
    const keys = pairs.map(({ key }) => key);
    const marked = await ports.journal.marked(migration.migrationId, live, keys);
    // capture saves a key's first change before it journals the key
    const changed = byFirstChange ? await withFirstChange(ports, migration, live, marked) : marked;
    const explained = pairs.map(
      (pair): Explained => ({ pair, why: changed.has(pair.key) ? 'changed' : 'unexplained' }),
    );
    return { explained, ...(through === undefined ? {} : { through }) };
  };
  try {
    for await (const pair of joinByKey(ports, { ...sides, live: sides[live] })) {
      through = pair.key;
      if (pair.kind === 'same' || pair.kind === 'expired')
        yield { explained: [{ pair, why: pair.kind }], ...(asked.length === 0 ? { through } : {}) };
      else asked.push(pair);
      if (asked.length >= ASKED) yield await ask();
    }
  } catch (error) {
    // the slice is over: what it has read counts
    if (error instanceof Throttled) yield await ask();
    throw error;
  }
  yield await ask();
}

const withFirstChange = async (
  { journal }: Pick<Ports, 'journal'>,
  { migrationId }: Migration,
  live: Side,
  keys: ReadonlySet<EntityKey>,
): Promise<ReadonlySet<EntityKey>> => {
  if (keys.size === 0) return keys;
  const found = await journal.firstChangesOf(migrationId, live, [...keys]);
  return new Set(found.map(({ key }) => key));
};
