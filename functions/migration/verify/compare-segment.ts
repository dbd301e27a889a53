import type { Migration } from '../migration.ts';
import { type EntityKey, readUnits, type SegmentNumber, writeUnits } from '../names.ts';
import type { Ports } from '../ports.ts';
import { cleanUpRecord } from '../provision/create-target-table.ts';
import { joinByKey } from './differences.ts';

/** Keys that are journalled in one call. */
const JOURNALLED = 1_000;

/**
 * Compares one segment while the tenant is written. A key that the target does not have is journalled as changed on the
 * source, so that it is applied; one that the target has and the source does not, or has otherwise, as changed on the
 * target: if no change of the source explains it, somebody else wrote it, and the cutover will not throw it away.
 */
export const compareSegment = async (
  ports: Ports,
  migration: Migration,
  number: SegmentNumber,
): Promise<void> => {
  const { migrationId, tenantId, source } = migration;
  const { table: target } = await cleanUpRecord(ports, migration);
  const { range } = await ports.segments.get(migrationId, number);
  const meter = { read: 0 };
  const started = ports.clock.monotonic();
  const marks: Record<'source' | 'target', EntityKey[]> = { source: [], target: [] };
  const journal = async (side: 'source' | 'target') => {
    const keys = marks[side].splice(0);
    if (keys.length > 0)
      await ports.journal.mark(
        migration.migrationId,
        side,
        keys.map((key) => ({ key, sequence: 'compared' })),
      );
  };
  let items = 0;
  let differing = 0;
  for await (const { key, kind, source: item } of joinByKey(ports, {
    tenantId,
    source: source.table,
    target,
    range,
    meter,
  })) {
    items += 1;
    // what has expired on the target alone is no difference; on the source alone it may be new, and is applied once more
    if (kind === 'same' || (kind === 'expired' && !item)) continue;
    if (kind !== 'expired') differing += 1;
    const side = kind === 'missing' || kind === 'expired' ? 'source' : 'target';
    marks[side].push(key);
    if (marks[side].length >= JOURNALLED) await journal(side);
  }
  await journal('source');
  await journal('target');
  const compared = { items, differing, ms: Math.ceil(ports.clock.monotonic() - started) };
  await ports.segments.record(migrationId, number, { compared }, 'verify', {
    read: readUnits(meter.read),
    write: writeUnits(0),
  });
};
