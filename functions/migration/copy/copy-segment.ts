import { itemSize } from '../item-size.ts';
import { type Item, keyOf } from '../items.ts';
import type { Migration } from '../migration.ts';
import { readUnits, type SegmentNumber, writeUnits } from '../names.ts';
import type { Ports, Slice } from '../ports.ts';
import { cleanUpRecord } from '../provision/create-target-table.ts';
import { readRange } from '../read-range.ts';
import { type Claimed, underClaim } from './under-claim.ts';

/**
 * Copies one segment from where it stands until it is done or the slice is over; progress is saved as it goes. Reads
 * run one page ahead of writes, and writes hold reads back, so memory is a few pages whatever the segment's size.
 * @throws SegmentClaimed, Conflict, Throttled, Unavailable, TableNotFound
 */
export const copySegment = async (
  ports: Ports,
  migration: Migration,
  number: SegmentNumber,
  slice: Slice,
): Promise<{ done: boolean }> => {
  const { table } = await cleanUpRecord(ports, migration);
  return underClaim(ports, migration, number, table, (claimed) =>
    copyRest(ports, migration, number, slice, claimed),
  );
};

const copyRest = async (
  ports: Ports,
  migration: Migration,
  number: SegmentNumber,
  slice: Slice,
  { writer, isDue, progress }: Claimed,
): Promise<{ done: boolean }> => {
  const { range, copiedThrough, copyDone } = await ports.segments.get(migration.migrationId, number);
  if (copyDone) return { done: true };
  const meter = { read: 0 };
  const rest = copiedThrough === undefined ? range : { ...range, after: copiedThrough };
  const saved = { read: 0, write: 0 };
  let items = 0;
  let bytes = 0;
  const save = async (last: Item | undefined, done: boolean) => {
    await writer.flush();
    await progress({
      ...(last ? { through: keyOf(last) } : {}),
      items,
      bytes,
      units: { read: readUnits(meter.read - saved.read), write: writeUnits(writer.units - saved.write) },
      done,
    });
    saved.read = meter.read;
    saved.write = writer.units;
    items = 0;
    bytes = 0;
  };
  const partition = ports.partition(migration.tenantId);
  for await (const page of readRange(
    partition,
    migration.source.table,
    rest,
    ports.settings.pageItems,
    meter,
  )) {
    for (const item of page) {
      await writer.put(item);
      items += 1;
      bytes += itemSize(item);
      if (isDue()) {
        await save(item, false);
        if (ports.clock.monotonic() >= slice.deadline) return { done: false };
      }
    }
  }
  await save(undefined, true);
  return { done: true };
};
