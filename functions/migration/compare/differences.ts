import { itemHash } from '../items/checksum.ts';
import { isExpiryOnOneSide } from '../items/expiry.ts';
import { byKeyOrder, type Item } from '../items/items.ts';
import { layoutOf } from '../items/key-layout.ts';
import type { EntityKey, TableName, TenantId } from '../names.ts';
import type { PacedReads } from '../partition/paced-reads.ts';
import { type Meter, readLive, readRange } from '../partition/read-range.ts';
import type { Ports } from '../ports.ts';
import type { Difference, KeyRange, Mismatch } from '../segment.ts';

/** One key, with the item that each side has under it. */
export interface Pair {
  readonly key: EntityKey;
  /** `expired`: only one side has the item, and its time to live is over there. That is no difference. */
  readonly kind: Difference['kind'] | 'same' | 'expired';
  readonly source?: Item;
  readonly target?: Item;
}

/** One key range of a tenant's partition in two tables. */
export interface Sides {
  readonly tenantId: TenantId;
  readonly source: TableName;
  readonly target: TableName;
  readonly range: KeyRange;
  readonly meter: Meter;
  /** The table that is live since a flip, if it is one of the two. */
  readonly live?: TableName;
  /** Absent if no rate limit applies to the reads. */
  readonly reads?: PacedReads;
}

/** Merges two tables' items of one range in key order. Holds one page of each in memory. */
export async function* joinByKey(ports: Ports, sides: Sides): AsyncGenerator<Pair> {
  const layout = layoutOf(ports.settings);
  const keyOf = (item: Item) => layout.keyOf(item);
  const left = itemsOf(ports, sides, sides.source);
  const right = itemsOf(ports, sides, sides.target);
  const kindOf = (kind: Pair['kind'], item: Item): Pair['kind'] =>
    isExpiryOnOneSide(item, undefined, ports.settings, ports.clock.now()) ? 'expired' : kind;
  try {
    let [a, b] = await Promise.all([left.next(), right.next()]);
    while (!a.done || !b.done) {
      const order = a.done ? 1 : b.done ? -1 : byKeyOrder(keyOf(a.value), keyOf(b.value));
      if (order < 0 && !a.done) {
        yield { key: keyOf(a.value), kind: kindOf('missing', a.value), source: a.value };
        a = await left.next();
      } else if (order > 0 && !b.done) {
        yield { key: keyOf(b.value), kind: kindOf('extra', b.value), target: b.value };
        b = await right.next();
      } else if (!a.done && !b.done) {
        const isSame = Buffer.compare(itemHash(a.value), itemHash(b.value)) === 0;
        yield { key: keyOf(a.value), kind: isSame ? 'same' : 'different', source: a.value, target: b.value };
        [a, b] = await Promise.all([left.next(), right.next()]);
      }
    }
  } finally {
    // accounts for the reads even if the caller stops early
    await Promise.all([left.return(undefined), right.return(undefined)]);
  }
}

/** Maximum number of differing keys in a record. */
export const MAX_SAVED_DIFFERENCES = 100;

/** Collects the first differing keys, counts all of them, and counts those that only the target has. */
export class Differences {
  readonly #kept: Difference[];
  readonly #limit: number;
  #differing: number;
  #extra: number;

  /** @param earlier differences that earlier slices of the pass have collected. */
  constructor(limit = MAX_SAVED_DIFFERENCES, earlier: Mismatch = { differences: [], differing: 0 }) {
    this.#limit = limit;
    this.#kept = [...earlier.differences];
    this.#differing = earlier.differing;
    this.#extra = extraOf(earlier);
  }

  add(difference: Difference): void {
    this.#differing += 1;
    if (difference.kind === 'extra') this.#extra += 1;
    if (this.#kept.length < this.#limit) this.#kept.push(difference);
  }

  value(): Mismatch {
    const isWhole = this.#differing === this.#kept.length;
    return {
      differences: [...this.#kept],
      differing: this.#differing,
      extra: isWhole ? undefined : this.#extra,
    };
  }
}

/** True if the source has no item that the target lacks or holds with another value. */
export const isSourceContainedInTarget = ({ differences, differing, extra }: Mismatch): boolean =>
  differing === extraOf({ differences, extra });

const extraOf = ({ differences, extra }: Pick<Mismatch, 'differences'> & { extra?: number | undefined }) =>
  extra ?? differences.filter(({ kind }) => kind === 'extra').length;

/** Describes a differing key by the hashes of both sides' items. Operators see the hashes, never the values. */
export const differenceOf = (
  key: EntityKey,
  { source, target }: { readonly source?: Item | undefined; readonly target?: Item | undefined },
): Difference => ({
  key,
  kind: target === undefined ? 'missing' : source === undefined ? 'extra' : 'different',
  source: source && hashText(source),
  target: target && hashText(target),
});

const hashText = (item: Item): string => Buffer.from(itemHash(item)).toString('hex');

async function* itemsOf(
  ports: Ports,
  { tenantId, range, meter, live, reads }: Sides,
  table: TableName,
): AsyncGenerator<Item, undefined> {
  const partition = ports.partition(tenantId);
  const read = table === live ? readLive : readRange;
  const { pageItems } = ports.settings;
  const layout = layoutOf(ports.settings);
  for await (const page of read(partition, table, range, pageItems, meter, reads, layout)) {
    yield* page;
  }
  return undefined;
}
