import { ChecksumBuilder } from '../items/checksum.ts';
import type { KeyLayout } from '../items/key-layout.ts';
import type { TableName } from '../names.ts';
import type { Partition } from '../partition/partition-port.ts';
import { type Meter, readRange } from '../partition/read-range.ts';
import type { Checksum, KeyRange } from '../segment.ts';

/** Returns count, bytes and checksum of a range, read consistently. */
export const checksumRange = async (
  partition: Partition,
  table: TableName,
  range: KeyRange,
  limit: number,
  meter: Meter,
  layout: KeyLayout,
): Promise<Checksum> => {
  const builder = new ChecksumBuilder();
  for await (const items of readRange(partition, table, range, limit, meter, undefined, layout)) {
    for (const item of items) builder.add(item);
  }
  return builder.value();
};

export const isSameChecksum = (a: Checksum, b: Checksum): boolean =>
  a.items === b.items && a.bytes === b.bytes && a.checksum === b.checksum;
