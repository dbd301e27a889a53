import { itemHash } from '../fingerprint.ts';
import { compareKeys, type Item, keyOf } from '../items.ts';
import type { EntityKey, TableName } from '../names.ts';
import type { Partition } from '../ports.ts';
import { type Meter, readRange } from '../read-range.ts';
import type { Difference, KeyRange } from '../segment.ts';

/** One key of either side, with what each side has under it. */
export interface Pair {
  readonly key: EntityKey;
  readonly kind: Difference['kind'] | 'same';
  readonly source?: Item;
  readonly target?: Item;
}

/** Goes through two tables' items of one range together, in key order, holding a page of each. */
export async function* joinByKey(
  partition: Partition,
  source: TableName,
  target: TableName,
  range: KeyRange,
  limit: number,
  meter: Meter,
): AsyncGenerator<Pair> {
  const left = items(readRange(partition, source, range, limit, meter));
  const right = items(readRange(partition, target, range, limit, meter));
  let [a, b] = [await left.next(), await right.next()];
  while (!a.done || !b.done) {
    const order = a.done ? 1 : b.done ? -1 : compareKeys(keyOf(a.value), keyOf(b.value));
    if (order < 0 && !a.done) {
      yield { key: keyOf(a.value), kind: 'missing', source: a.value };
      a = await left.next();
    } else if (order > 0 && !b.done) {
      yield { key: keyOf(b.value), kind: 'extra', target: b.value };
      b = await right.next();
    } else if (!a.done && !b.done) {
      const isSame = Buffer.compare(itemHash(a.value), itemHash(b.value)) === 0;
      yield { key: keyOf(a.value), kind: isSame ? 'same' : 'different', source: a.value, target: b.value };
      [a, b] = [await left.next(), await right.next()];
    }
  }
}

/** The keys on which the target differs from the source. */
export async function* differences(
  ...sides: Parameters<typeof joinByKey>
): AsyncGenerator<Pair & Difference> {
  for await (const pair of joinByKey(...sides)) {
    const { kind } = pair;
    if (kind !== 'same') yield { ...pair, kind };
  }
}

/** Differing keys that a segment's record holds. */
export const KEPT_DIFFERENCES = 100;

/** The first keys on which the target differs from the source, and how many there are. */
export const differingKeys = async (
  ...sides: Parameters<typeof joinByKey>
): Promise<{ readonly differences: Difference[]; readonly differing: number }> => {
  const kept: Difference[] = [];
  let differing = 0;
  for await (const { key, kind } of differences(...sides)) {
    differing += 1;
    if (kept.length < KEPT_DIFFERENCES) kept.push({ key, kind });
  }
  return { differences: kept, differing };
};

async function* items(pages: AsyncIterable<readonly Item[]>): AsyncGenerator<Item, undefined> {
  for await (const page of pages) yield* page;
  return undefined;
}
