import { Throttled } from '../errors.ts';
import type { Migration } from '../migration.ts';
import type { EntityKey } from '../names.ts';
import type { Ports } from '../ports.ts';
import type { Side } from '../route/route.ts';
import { joinByKey, type Pair, type Sides } from './differences.ts';

/** Number of differing keys that are read from the journal at once. */
const KEYS_PER_READ = 100;

/** A key with both sides' items after a flip, and the reason why they are equal or differ. */
export interface PairExplanation {
  readonly pair: Pair;
  /**
   * `same`: both sides are equal. `expired`: only one side has the item, and its time to live is over. `changed`: the
   * application has changed the item on the live side since the flip. `unexplained`: the journal has no change of the key yet,
   * or only one that the migration may have made.
   */
  readonly reason: 'same' | 'expired' | 'changed' | 'unexplained';
}

/** Keys that were read from the journal together. Batches are in no particular key order. */
export interface PairExplanations {
  readonly explained: readonly PairExplanation[];
  /** Every key up to this one has been yielded. Absent while earlier keys still have to be read from the journal. */
  readonly through?: EntityKey;
}

/**
 * Joins both sides after a flip, and yields for each key whether the sides agree or a change since the flip explains the
 * difference.
 * @param live the side that the application writes.
 * @param byFirstChange true if a journal entry explains a key only together with a first change. An entry without one may
 * stem from the migration's own put before the flip, delivered late: the application may not have written the key.
 * @throws Throttled once everything that was read has been yielded
 */
export async function* explainPairs(
  ports: Ports,
  migration: Migration,
  sides: Sides,
  live: Side,
  byFirstChange: boolean,
): AsyncGenerator<PairExplanations> {
  const asked: Pair[] = [];
  let through: EntityKey | undefined;
  const ask = async (): Promise<PairExplanations> => {
    const pairs = asked.splice(0);
    if (pairs.length === 0) return { explained: [] };
    const keys = pairs.map(({ key }) => key);
    const journalled = await ports.journal.journalledAmong(migration.migrationId, live, keys);
    // capture saves a key's first change before it journals the key
    const changed = byFirstChange ? await withFirstChange(ports, migration, live, journalled) : journalled;
    const explained = pairs.map(
      (pair): PairExplanation => ({ pair, reason: changed.has(pair.key) ? 'changed' : 'unexplained' }),
    );
    return { explained, through };
  };
  try {
    for await (const pair of joinByKey(ports, { ...sides, live: sides[live] })) {
      through = pair.key;
      if (pair.kind === 'same' || pair.kind === 'expired')
        yield { explained: [{ pair, reason: pair.kind }], through: asked.length === 0 ? through : undefined };
      else asked.push(pair);
      if (asked.length >= KEYS_PER_READ) yield await ask();
    }
  } catch (error) {
    // the slice is over: the keys that it has read count
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
