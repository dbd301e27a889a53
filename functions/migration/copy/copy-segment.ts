import type { Claimed } from '../claimed-work.ts';
import { hearOperator, operatorWaitSeconds } from '../controls.ts';
import { countingFailedTry } from '../count-failed-try.ts';
import { itemSize } from '../item-size.ts';
import { type Item, keyOf } from '../items.ts';
import type { Migration } from '../migration.ts';
import { readUnits, type SegmentNumber, writeUnits } from '../names.ts';
import type { Ports, Slice } from '../ports.ts';
import { cleanUpRecord } from '../provision/create-target-table.ts';
import { type Meter, readRange } from '../read-range.ts';
import { segmentLimit, underSegmentClaim } from './under-claim.ts';

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
): Promise<{ done: boolean; waitSeconds: number }> => {
  const { table } = await cleanUpRecord(ports, migration);
  const meter = { read: 0 };
  const saved = { read: 0, write: 0 };
  return underSegmentClaim(ports, migration, number, table, (claimed) => {
    const { migrationId } = migration;
    const unsaved = async () => {
      await claimed.writer.settle();
      return {
        read: readUnits(meter.read - saved.read),
        write: writeUnits(claimed.writer.units - saved.write),
      };
    };
    return countingFailedTry(ports, { migrationId, number, pass: 'copy' }, unsaved, () =>
      copyRest(ports, migration, number, slice, claimed, { meter, saved }),
    );
  });
};

const copyRest = async (
  ports: Ports,
  migration: Migration,
  number: SegmentNumber,
  slice: Slice,
  { writer, limitTo, isDue, renew }: Claimed,
  { meter, saved }: { readonly meter: Meter; readonly saved: { read: number; write: number } },
): Promise<{ done: boolean; waitSeconds: number }> => {
  const { range, copiedThrough, copyDone } = await ports.segments.get(migration.migrationId, number);
  if (copyDone) return { done: true, waitSeconds: 0 };
  if (migration.paused) return { done: false, waitSeconds: operatorWaitSeconds(ports, migration) };
  const rest = copiedThrough === undefined ? range : { ...range, after: copiedThrough };
  let items = 0;
  let bytes = 0;
  const save = async (last: Item | undefined, done: boolean) => {
    await writer.flush();
    const progress = {
      ...(last ? { through: keyOf(last) } : {}),
      items,
      bytes,
      units: { read: readUnits(meter.read - saved.read), write: writeUnits(writer.units - saved.write) },
      done,
    };
    await renew((claim) => ports.segments.progress(migration.migrationId, number, claim, progress));
    ports.metrics.put(
      {
        CopiedItems: items,
        CopiedBytes: bytes,
        ReadUnits: progress.units.read,
        WriteUnits: progress.units.write,
      },
      migration,
    );
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
        const now = await hearOperator(ports, migration);
        if (now.paused) return { done: false, waitSeconds: operatorWaitSeconds(ports, now) };
        limitTo(segmentLimit(now));
        if (ports.clock.monotonic() >= slice.deadline) return { done: false, waitSeconds: 0 };
      }
    }
  }
  await save(undefined, true);
  return { done: true, waitSeconds: 0 };
};
