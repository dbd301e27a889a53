import { countingFailedTry } from '../count-failed-try.ts';
import { mayExpire } from '../expiry.ts';
import { FingerprintBuilder } from '../fingerprint.ts';
import type { Migration } from '../migration.ts';
import { readUnits, type SegmentNumber, writeUnits } from '../names.ts';
import { PacedReads, WHOLE_SEGMENTS_UNITS_PER_SECOND } from '../paced-reads.ts';
import type { Ports, Slice } from '../ports.ts';
import { cleanUpRecord } from '../provision/create-target-table.ts';
import { type Meter, readRange } from '../read-range.ts';
import type { Segment } from '../segment.ts';
import { Differences, differenceOf, type Sides } from './differences.ts';
import { expiringItemsCheck } from './expiring-items.ts';
import { explainPairs } from './explain-pairs.ts';
import { sameFingerprint } from './fingerprint-range.ts';

/**
 * Reads the kept source once more. Once clean-up has begun the source shrinks, so an earlier reading stands. If the
 * source isn't what was flipped, the keys that differ between source and target are noted for the report. Items that may
 * expire are compared one by one: those that are still there must have the value that was flipped.
 */
export const verifyFrozenSegment = async (
  ports: Ports,
  migration: Migration,
  number: SegmentNumber,
  slice?: Slice,
): Promise<void> => {
  if (migration.status === 'cleaningUp') return;
  const meter = { read: 0 };
  const used = () => ({ read: readUnits(meter.read), write: writeUnits(0) });
  const about = { migrationId: migration.migrationId, number, pass: 'verify' } as const;
  const reads = new PacedReads(ports, migration, slice, WHOLE_SEGMENTS_UNITS_PER_SECOND);
  await countingFailedTry(ports, about, used, () => verify(ports, migration, number, { meter, reads }));
};

const verify = async (
  ports: Ports,
  migration: Migration,
  number: SegmentNumber,
  { meter, reads }: { readonly meter: Meter; readonly reads: PacedReads },
): Promise<void> => {
  const { migrationId, tenantId, source } = migration;
  const segment = await ports.segments.get(migrationId, number);
  const builder = new FingerprintBuilder();
  const expiring = await expiringItemsCheck(ports, migrationId, segment);
  const partition = ports.partition(tenantId);
  for await (const items of readRange(
    partition,
    source.table,
    segment.range,
    ports.settings.pageItems,
    meter,
    reads,
  )) {
    for (const item of items) {
      if (mayExpire(item, ports.settings)) expiring?.see(item);
      else builder.add(item);
    }
  }
  const frozen = builder.value();
  const expiringChanged = expiring?.changed(ports.clock.now()) ?? 0;
  const mismatch =
    segment.kept && sameFingerprint(frozen, segment.kept) && expiringChanged === 0
      ? new Differences().value()
      : await whatDiffers(ports, migration, segment, { meter, reads });
  await ports.segments.record(migrationId, number, { frozen, expiringChanged, mismatch }, 'verify', {
    read: readUnits(meter.read),
    write: writeUnits(0),
  });
};

const whatDiffers = async (
  ports: Ports,
  migration: Migration,
  { range }: Segment,
  reading: Pick<Sides, 'meter' | 'reads'>,
): Promise<NonNullable<Segment['mismatch']>> => {
  const { tenantId, source } = migration;
  const { table: target } = await cleanUpRecord(ports, migration);
  const found = new Differences();
  const sides = { tenantId, source: source.table, target, range, ...reading };
  for await (const { pair, why } of explainPairs(ports, migration, sides, 'target', false)) {
    if (why === 'unexplained') found.add(differenceOf(pair.key, pair));
  }
  return found.value();
};
