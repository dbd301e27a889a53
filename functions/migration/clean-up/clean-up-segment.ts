import { deleteKeys } from '../batch-writer.ts';
import { SourceChangedAfterFlip } from '../errors.ts';
import { FingerprintBuilder, itemHash } from '../fingerprint.ts';
import { type Item, keyOf } from '../items.ts';
import type { Migration } from '../migration.ts';
import { readUnits, type SegmentNumber, writeUnits } from '../names.ts';
import type { Ports, Slice } from '../ports.ts';
import { type Meter, readRange } from '../read-range.ts';
import type { Difference, Segment } from '../segment.ts';
import { KEPT_DIFFERENCES } from '../verify/differences.ts';
import { sameFingerprint } from '../verify/fingerprint-range.ts';

/** Bytes kept of each item's hash: enough that no other value of the item passes for it by chance. */
const HASH_BYTES = 12;

/**
 * Deletes the source's items of one segment: only those whose hash was noted when the segment still was, as a whole,
 * what had been verified. So a run that comes after a crash, with half of them gone, knows the rest; and an item that
 * somebody wrote since stays and stops the clean-up.
 * @throws SourceChangedAfterFlip
 */
export const cleanUpSegment = async (
  ports: Ports,
  migration: Migration,
  number: SegmentNumber,
  slice: Slice,
): Promise<{ done: boolean }> => {
  const segment = await ports.segments.get(migration.migrationId, number);
  if (segment.cleanUpDone) return { done: true };
  const meter = { read: 0, write: 0 };
  const result = await deleteVerified(ports, migration, segment, slice, meter);
  const units = { read: readUnits(meter.read), write: writeUnits(meter.write) };
  const { kept, differing } = result;
  await ports.segments.record(
    migration.migrationId,
    number,
    { cleanUpDone: result.done, ...(differing > 0 ? { mismatch: { differences: kept, differing } } : {}) },
    'cleanUp',
    units,
  );
  if (differing > 0) {
    throw new SourceChangedAfterFlip(
      `segment ${number} of ${migration.source.table} holds ${differing} items that were not verified; they stay. Look at the keys in the report (tierferry report ${migration.migrationId})`,
    );
  }
  return { done: result.done };
};

const deleteVerified = async (
  ports: Ports,
  migration: Migration,
  segment: Segment,
  slice: Slice,
  meter: Meter & { write: number },
) => {
  const { source } = migration;
  const partition = ports.partition(migration.tenantId);
  const deletable = await deletableHashes(ports, migration, segment, meter);
  const kept: Difference[] = [];
  let differing = 0;
  let done = true;
  for await (const items of readRange(
    partition,
    source.table,
    segment.range,
    ports.settings.pageItems,
    meter,
  )) {
    const verified = items.filter((item) => deletable.has(shortHash(item)));
    for (const item of items) {
      if (deletable.has(shortHash(item))) continue;
      differing += 1;
      // whatever the target holds under this key, the source's value never came through the fence
      if (kept.length < KEPT_DIFFERENCES) kept.push({ key: keyOf(item), kind: 'different' });
    }
    meter.write += await deleteKeys(ports, partition, source.table, verified.map(keyOf));
    if (ports.clock.monotonic() >= slice.deadline) {
      done = false;
      break;
    }
  }
  return { kept, differing, done: done && differing === 0 };
};

const deletableHashes = async (
  ports: Ports,
  migration: Migration,
  segment: Segment,
  meter: Meter,
): Promise<ReadonlySet<string>> => {
  const { migrationId, source } = migration;
  const saved = await ports.segments.deletable(migrationId, segment.number);
  if (saved) return new Set(split(saved));
  const partition = ports.partition(migration.tenantId);
  const builder = new FingerprintBuilder();
  const hashes: string[] = [];
  for await (const items of readRange(
    partition,
    source.table,
    segment.range,
    ports.settings.pageItems,
    meter,
  )) {
    for (const item of items) {
      builder.add(item);
      hashes.push(shortHash(item));
    }
  }
  if (!segment.verified || !sameFingerprint(builder.value(), segment.verified.source)) {
    throw new SourceChangedAfterFlip(
      `segment ${segment.number} of ${source.table} changed after it was verified; nothing of it was deleted`,
    );
  }
  await ports.segments.saveDeletable(migrationId, segment.number, Buffer.from(hashes.join(''), 'hex'));
  return new Set(hashes);
};

const shortHash = (item: Item): string => Buffer.from(itemHash(item).subarray(0, HASH_BYTES)).toString('hex');

const split = (hashes: Uint8Array): string[] => {
  const hex = Buffer.from(hashes).toString('hex');
  return hex.match(new RegExp(`.{${HASH_BYTES * 2}}`, 'g')) ?? [];
};
