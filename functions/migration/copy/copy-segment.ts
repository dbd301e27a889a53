import type { ClaimHandle } from '../claims/run-under-claim.ts';
import {
  runUnderSegmentClaim,
  type SegmentStep,
  throttledSeconds,
} from '../claims/run-under-segment-claim.ts';
import type { Slice } from '../clock-port.ts';
import { Throttled } from '../errors.ts';
import { layoutOf } from '../items/key-layout.ts';
import type { Migration } from '../migration.ts';
import { readUnits, type SegmentNumber, writeUnits } from '../names.ts';
import { PacedReads } from '../partition/paced-reads.ts';
import { type Meter, readRange } from '../partition/read-range.ts';
import type { Ports } from '../ports.ts';
import { operatorWaitSeconds } from '../record/poll-times.ts';
import { refreshMigration } from '../record/refresh-migration.ts';
import { undoRecord } from '../record/undo-record.ts';
import { countUnitsOnFailure } from '../segments/count-units-on-failure.ts';

/**
 * Copies one segment from where it stands until it is done or the slice ends. Progress is saved on the way, also when a
 * throttled slice ends. Reads are one page ahead of writes and wait for them, so memory is bounded by a few pages
 * whatever the segment's size.
 * @throws SegmentClaimed, ClaimRanOut, Conflict, Unavailable, TableNotFound
 */
export const copySegment = async (
  ports: Ports,
  migration: Migration,
  number: SegmentNumber,
  slice: Slice,
): Promise<SegmentStep> => {
  const { table } = await undoRecord(ports, migration);
  const meter = { read: 0 };
  const saved = { read: 0, write: 0, throttles: 0 };
  return runUnderSegmentClaim(ports, migration, { number, table, slice }, (claimed) => {
    const { migrationId } = migration;
    const unsaved = async () => {
      await claimed.writer.finish();
      return {
        read: readUnits(meter.read - saved.read),
        write: writeUnits(claimed.writer.units - saved.write),
      };
    };
    return countUnitsOnFailure(ports, { migrationId, number, pass: 'copy' }, unsaved, () =>
      copyRest(ports, migration, number, slice, claimed, { meter, saved }),
    );
  });
};

const copyRest = async (
  ports: Ports,
  migration: Migration,
  number: SegmentNumber,
  slice: Slice,
  { writer, limitTo, isDue, renew }: ClaimHandle,
  {
    meter,
    saved,
  }: { readonly meter: Meter; readonly saved: { read: number; write: number; throttles: number } },
): Promise<SegmentStep> => {
  const { range, copiedThrough, copyDone } = await ports.segments.get(migration.migrationId, number);
  if (copyDone) return { done: true, waitSeconds: 0 };
  if (migration.paused) return { done: false, waitSeconds: operatorWaitSeconds(ports, migration) };
  const rest = copiedThrough === undefined ? range : { ...range, after: copiedThrough };
  const save = async (done: boolean) => {
    const { through, items, bytes } = writer.takeWritten();
    const units = { read: readUnits(meter.read - saved.read), write: writeUnits(writer.units - saved.write) };
    const throttles = writer.throttles - saved.throttles;
    const progress = { through, items, bytes, units, done, throttles: throttles > 0 ? throttles : undefined };
    await renew((claim) => ports.segments.progress(migration.migrationId, number, claim, progress));
    saved.read += units.read;
    saved.write += units.write;
    saved.throttles += throttles;
    ports.metrics.put(
      { CopiedItems: items, CopiedBytes: bytes, ReadUnits: units.read, WriteUnits: units.write },
      migration,
    );
  };
  const partition = ports.partition(migration.tenantId);
  const reads = new PacedReads(ports, migration, slice);
  try {
    for await (const page of readRange(
      partition,
      migration.source.table,
      rest,
      ports.settings.pageItems,
      meter,
      reads,
      layoutOf(ports.settings),
    )) {
      for (const item of page) {
        await writer.put(item);
        if (!isDue()) continue;
        await save(false);
        const now = await refreshMigration(ports, migration);
        limitTo(now.writeUnitsPerSecond);
        const isOver = ports.clock.monotonic() >= slice.deadline;
        if (!now.paused && !isOver) continue;
        await writer.flush();
        await save(false);
        return { done: false, waitSeconds: now.paused ? operatorWaitSeconds(ports, now) : 0 };
      }
    }
    await writer.flush();
  } catch (error) {
    if (!(error instanceof Throttled)) throw error;
    await writer.finish();
    await save(false);
    return { done: false, waitSeconds: throttledSeconds(ports) };
  }
  await save(true);
  return { done: true, waitSeconds: 0 };
};
