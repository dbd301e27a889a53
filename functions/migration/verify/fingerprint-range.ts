import { FingerprintBuilder } from '../fingerprint.ts';
import type { TableName } from '../names.ts';
import type { Partition } from '../ports.ts';
import { type Meter, readRange } from '../read-range.ts';
import type { Fingerprint, KeyRange } from '../segment.ts';

/** Returns count, bytes and checksum of a range, read consistently. */
export const fingerprintRange = async (
  partition: Partition,
  table: TableName,
  range: KeyRange,
  limit: number,
  meter: Meter,
): Promise<Fingerprint> => {
  const builder = new FingerprintBuilder();
  for await (const items of readRange(partition, table, range, limit, meter)) {
    for (const item of items) builder.add(item);
  }
  return builder.value();
};

export const sameFingerprint = (a: Fingerprint, b: Fingerprint): boolean =>
  a.items === b.items && a.bytes === b.bytes && a.digest === b.digest;
