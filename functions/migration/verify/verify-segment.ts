import { underClaim } from '../copy/under-claim.ts';
import type { Migration } from '../migration.ts';
import { readUnits, type SegmentNumber, writeUnits } from '../names.ts';
import type { Ports } from '../ports.ts';
import { cleanUpRecord } from '../provision/create-target-table.ts';
import type { Segment } from '../segment.ts';
import { differences, differingKeys } from './differences.ts';
import { fingerprintRange, sameFingerprint } from './fingerprint-range.ts';

/**
 * Compares one segment under the fence, both sides read consistently. What differs is repaired from the source and
 * compared again; what differs still is noted, and `ConcludeVerification` will not let it pass.
 */
export const verifySegment = async (
  ports: Ports,
  migration: Migration,
  number: SegmentNumber,
): Promise<void> => {
  const { migrationId, source } = migration;
  const { table: target } = await cleanUpRecord(ports, migration);
  const { range } = await ports.segments.get(migrationId, number);
  const partition = ports.partition(migration.tenantId);
  const meter = { read: 0, write: 0 };
  const compare = async () => {
    const [a, b] = await Promise.all([
      fingerprintRange(partition, source.table, range, ports.settings.pageItems, meter),
      fingerprintRange(partition, target, range, ports.settings.pageItems, meter),
    ]);
    return { source: a, target: b };
  };
  let sides = await compare();
  let repaired = 0;
  let mismatch: Segment['mismatch'] = { differences: [], differing: 0 };
  if (!sameFingerprint(sides.source, sides.target)) {
    repaired = await repair(ports, migration, number, target, meter);
    sides = await compare();
    if (!sameFingerprint(sides.source, sides.target)) {
      mismatch = await differingKeys(partition, source.table, target, range, ports.settings.pageItems, meter);
    }
  }
  await ports.segments.record(migrationId, number, { verified: { ...sides, repaired }, mismatch }, 'verify', {
    read: readUnits(meter.read),
    write: writeUnits(meter.write),
  });
};

/** Makes the target's range the same as the source's, under a claim like every writer of the target. @returns keys repaired. */
const repair = (
  ports: Ports,
  migration: Migration,
  number: SegmentNumber,
  target: Migration['source']['table'],
  meter: { read: number; write: number },
): Promise<number> =>
  underClaim(ports, migration, number, target, async ({ writer }) => {
    const { range } = await ports.segments.get(migration.migrationId, number);
    const partition = ports.partition(migration.tenantId);
    const sides = [migration.source.table, target, range, ports.settings.pageItems, meter] as const;
    let repaired = 0;
    for await (const { key, source: item } of differences(partition, ...sides)) {
      await (item ? writer.put(item) : writer.delete(key));
      repaired += 1;
    }
    await writer.flush();
    meter.write += writer.units;
    return repaired;
  });
