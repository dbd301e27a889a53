import { lateCallsExpired } from '../claims/late-calls.ts';
import type { ClaimHandle } from '../claims/run-under-claim.ts';
import { runUnderSegmentClaim, type SegmentStep } from '../claims/run-under-segment-claim.ts';
import type { Slice } from '../clock-port.ts';
import { isSameChecksum } from '../compare/checksum-range.ts';
import { Differences } from '../compare/differences.ts';
import { counted } from '../counted.ts';
import { SourceChangedAfterFlip } from '../errors.ts';
import { itemHash } from '../items/checksum.ts';
import type { Item } from '../items/items.ts';
import { layoutOf } from '../items/key-layout.ts';
import { isSentinel, isSentinelItem } from '../items/sentinel.ts';
import type { Migration, Units } from '../migration.ts';
import type { SegmentNumber } from '../names.ts';
import { PacedReads } from '../partition/paced-reads.ts';
import { type Meter, readWithSentinels, unitsSince } from '../partition/read-range.ts';
import type { Ports } from '../ports.ts';
import { operatorWaitSeconds } from '../record/poll-times.ts';
import { refreshMigration } from '../record/refresh-migration.ts';
import type { Claim, Segment } from '../segment.ts';
import { countUnitsOnFailure } from '../segments/count-units-on-failure.ts';
import { saveUnfinishedPass, unfinishedPass } from '../segments/unfinished-pass.ts';
import { readKeptSource } from '../verify/read-kept-source.ts';

/** Bytes kept of each item's hash: enough that another value of the item does not match by chance. */
const HASH_BYTES = 12;

/**
 * Deletes the source's items of one segment under the segment's claim. Only items whose hash was noted are deleted.
 * Hashes are noted when the segment as a whole still equals what was verified, without the items that have expired
 * since. So a step that runs again after a crash, with half of the items deleted, recognises the rest. An item that
 * another process has written since is kept, and stops the clean-up.
 * @throws SegmentUnfinished while it still reads what may be deleted
 * @throws SourceChangedAfterFlip @throws SegmentClaimed, ClaimRanOut, Conflict
 */
export const cleanUpSegment = async (
  ports: Ports,
  migration: Migration,
  number: SegmentNumber,
  slice: Slice,
): Promise<SegmentStep> => {
  if (migration.paused) return { done: false, waitSeconds: operatorWaitSeconds(ports, migration) };
  const { migrationId, source } = migration;
  const segment = await ports.segments.get(migrationId, number);
  if (segment.cleanUpDone) return waitForDeletes(ports, migration, segment.claim ? [segment.claim] : []);
  const work = { number, table: source.table, slice };
  const cleaned = await runUnderSegmentClaim(ports, migration, work, async (claimed) => {
    const meter = { read: 0 };
    const unsavedReads = unitsSince(meter);
    const { writer } = claimed;
    const used = async () => {
      await writer.finish();
      return { ...unsavedReads(), write: writer.units };
    };
    const { kept, done, paused } = await countUnitsOnFailure(
      ports,
      { migrationId, number, pass: 'cleanUp' },
      used,
      () => deleteVerified(ports, migration, segment, slice, claimed, { meter, unsavedReads }),
    );
    const mismatch = kept.value();
    const result = mismatch.differing > 0 ? { cleanUpDone: done, mismatch } : { cleanUpDone: done };
    await ports.segments.record(migrationId, number, result, 'cleanUp', await used());
    if (done) await ports.segments.forgetHashes(migrationId, number);
    if (mismatch.differing > 0) {
      throw new SourceChangedAfterFlip(
        `segment ${number} of ${source.table} holds ${counted(mismatch.differing, 'item that was', 'items that were')} not verified. Nothing unverified was deleted. The target's values may be newer: compare the keys in the report before you write or delete any, then retry`,
        {
          facts: { migrationId, table: source.table, segment: number, keys: mismatch.differing },
          next: { action: 'report', migrationId },
        },
      );
    }
    return { done, waitSeconds: paused ? operatorWaitSeconds(ports, paused) : 0 };
  });
  return cleaned.done ? waitForDeletes(ports, migration, []) : cleaned;
};

/**
 * Returns `done` once no delete can arrive late any more. A late delete would hit the tenant's items if the tenant
 * lives in this table again, so the migration must not end before that.
 */
const waitForDeletes = async (
  ports: Ports,
  { migrationId }: Migration,
  claims: readonly Claim[],
): Promise<SegmentStep> => {
  const { out: done, waitSeconds } = await lateCallsExpired(ports, migrationId, claims);
  return { done, waitSeconds: done ? 0 : waitSeconds };
};

interface ReadMeter {
  readonly meter: Meter;
  /** Returns the read units used since the last call. */
  readonly unsavedReads: () => Units;
}

const deleteVerified = async (
  ports: Ports,
  migration: Migration,
  segment: Segment,
  slice: Slice,
  { writer, limitTo, isDue, renew }: ClaimHandle,
  reading: ReadMeter,
): Promise<{ kept: Differences; done: boolean; paused?: Migration }> => {
  const { source } = migration;
  const { meter } = reading;
  const deletable = await deletableHashes(ports, migration, segment, slice, reading);
  const reads = new PacedReads(ports, migration, slice);
  const kept = new Differences();
  const partition = ports.partition(migration.tenantId);
  const { pageItems } = ports.settings;
  const layout = layoutOf(ports.settings);
  const pages = readWithSentinels(partition, source.table, segment.range, pageItems, meter, reads);
  for await (const items of pages) {
    for (const item of items) {
      const key = layout.keyOf(item);
      // Sentinels here were left by an earlier migration with other segments, and no other pass finds them. An item
      // that was not verified is kept whatever the target holds under its key, since its value was not part of the
      // cutover.
      if (isSentinel(key) ? isSentinelItem(item, layout) : deletable.has(shortHash(item)))
        await writer.delete(key, item);
      else if (!isSentinel(key)) kept.add({ key, kind: 'different' });
      if (!isDue()) continue;
      const now = await refreshMigration(ports, migration);
      limitTo(now.writeUnitsPerSecond);
      await renew((claim) => ports.segments.claim(migration, segment.number, claim, ports.clock.now()));
      const isOver = ports.clock.monotonic() >= slice.deadline;
      if (!now.paused && !isOver) continue;
      await writer.flush();
      return { kept, done: false, paused: now.paused ? now : undefined };
    }
    if (ports.clock.monotonic() < slice.deadline) continue;
    await writer.flush();
    return { kept, done: false };
  }
  await writer.flush();
  return { kept, done: kept.value().differing === 0 };
};

/**
 * Returns the hashes of the items that may be deleted. They are noted once the whole segment was read, in one or
 * several slices, and equals what was verified. Until then nothing of it is deleted.
 * @throws SegmentUnfinished once its cursor is saved
 */
const deletableHashes = async (
  ports: Ports,
  migration: Migration,
  segment: Segment,
  slice: Slice,
  { meter, unsavedReads }: ReadMeter,
): Promise<ReadonlySet<string>> => {
  const { migrationId, source, attempt } = migration;
  const { number } = segment;
  const saved = await ports.segments.deletable(migrationId, number);
  if (saved) return new Set(split(saved));
  const unfinished = await unfinishedPass(ports, migration, number);
  const earlier = unfinished?.pass === 'deletable' ? unfinished : undefined;
  const hashes = split(Buffer.from(earlier?.hashes ?? '', 'base64'));
  const hashesSoFar = () => Buffer.from(hashes.join(''), 'hex');
  const { read, expiringChanged } = await readKeptSource(ports, migration, segment, {
    ...{ meter, earlier },
    reads: new PacedReads(ports, migration, slice, { endWithSlice: true }),
    // an operator who has been shown a changed item has decided about it
    comparesExpiring: !segment.expiringChanged,
    see: (item) => hashes.push(shortHash(item)),
    save: (found) => {
      const noted = { hashes: hashesSoFar().toString('base64') };
      const pass = { pass: 'deletable', attempt, ...found, ...noted } as const;
      return saveUnfinishedPass(ports, migration, number, pass, ['cleanUp', unsavedReads()]);
    },
  });
  if (unfinished) await ports.segments.saveUnfinished(migrationId, number, undefined);
  if (!segment.keptAfterHold || !isSameChecksum(read, segment.keptAfterHold) || expiringChanged > 0) {
    throw new SourceChangedAfterFlip(
      `segment ${number} of ${source.table} changed after it was verified. Nothing of it was deleted. Retry; if it stops again, look at the keys in the report`,
      {
        facts: { migrationId, table: source.table, segment: number },
        next: { action: 'retry', migrationId },
      },
    );
  }
  await ports.segments.saveDeletable(migrationId, number, hashesSoFar());
  return new Set(hashes);
};

const shortHash = (item: Item): string => Buffer.from(itemHash(item).subarray(0, HASH_BYTES)).toString('hex');

const split = (hashes: Uint8Array): string[] => {
  const hex = Buffer.from(hashes).toString('hex');
  return hex.match(new RegExp(`.{${HASH_BYTES * 2}}`, 'g')) ?? [];
};
