import { createHash } from 'node:crypto';

/** An item's position among all items of a table. [DynamoDB developer guide, Partitions and data distribution] */
export interface Position {
  /** Hash of the partition key. An item collection is contiguous; the order of collections has no meaning. */
  readonly hash: string;
  readonly tenantId: string;
  readonly key: string;
}

/** Positions from `from` inclusive to `to` exclusive. An absent bound is no limit. */
export interface Range {
  readonly from?: Position | undefined;
  readonly to?: Position | undefined;
}

export const positionOf = (tenantId: string, key: string): Position => ({
  hash: createHash('md5').update(tenantId).digest('hex'),
  tenantId,
  key,
});

/** Compares positions in a table's order. Sort keys are ordered by UTF-8 bytes, unlike JavaScript's strings. */
export const compare = (a: Position, b: Position): number =>
  Buffer.compare(Buffer.from(a.hash), Buffer.from(b.hash)) ||
  Buffer.compare(Buffer.from(a.tenantId), Buffer.from(b.tenantId)) ||
  Buffer.compare(Buffer.from(a.key), Buffer.from(b.key));

export const holds = ({ from, to }: Range, position: Position): boolean =>
  (from === undefined || compare(from, position) <= 0) && (to === undefined || compare(position, to) < 0);

/** True if a split at the position leaves no empty part. */
export const isWithin = (range: Range, position: Position): boolean =>
  holds(range, position) && (range.from === undefined || compare(range.from, position) < 0);

/** Returns the range of one item: no key lies between a key and the same key with the lowest character appended. */
export const onlyItem = (position: Position): Range => ({
  from: position,
  to: { ...position, key: `${position.key}\u0000` },
});

/** Returns the range of all of a tenant's items. */
export const collectionOf = (tenantId: string): Range => {
  const from = positionOf(tenantId, '');
  return { from, to: { ...from, tenantId: `${tenantId}\u0000` } };
};

/** Returns ranges of equal size that cover all positions. */
export const evenRanges = (count: number): Range[] => {
  const border = (n: number): Position | undefined =>
    n === 0 || n === count
      ? undefined
      : {
          hash: Math.floor((n / count) * 2 ** 32)
            .toString(16)
            .padStart(8, '0'),
          tenantId: '',
          key: '',
        };
  return Array.from({ length: count }, (_, n) => ({ from: border(n), to: border(n + 1) }));
};
