import type { Slice } from '../clock-port.ts';
import { type KeyLayout, layoutOf } from '../items/key-layout.ts';
import type { Migration } from '../migration.ts';
import { type EntityKey, readUnits, type SegmentNumber, writeUnits } from '../names.ts';
import { PacedReads } from '../partition/paced-reads.ts';
import type { Partition } from '../partition/partition-port.ts';
import type { Ports } from '../ports.ts';
import type { OpenResult } from '../record/open-migration.ts';
import type { KeyRange, Segment } from '../segment.ts';
import { countedSoFar, segmentNumbers } from '../segments/segment-numbers.ts';

/**
 * Maximum number of items of a segment, so that what is recorded for each of its items fits in one control record (400
 * KB).
 */
const SEGMENT_ITEMS = 30_000;

/**
 * Counts the tenant's partitions in one pass. Each page's last key is a boundary of at most 1 MB, and the count is exact.
 * Each partition has at least one segment, even if it is empty. Counted segments are stored, so the pass continues where it stopped, in the same attempt or a later one.
 */
export const countPartition = async (
  ports: Ports,
  migration: Migration,
  slice: Slice,
): Promise<OpenResult> => {
  const { migrationId, source } = migration;
  const partition = ports.partition(migration.tenantId);
  const reads = new PacedReads(ports, migration, slice);
  let { last, next, counted } = await countedSoFar(ports, migrationId);
  while (!counted) {
    const pages = pagesOf(next, ports.settings);
    const count = (range: KeyRange) =>
      reads.page(source.table, () => partition.count(source.table, range, ports.settings.pageItems));
    const segment = await countSegment(count, last, pages, layoutOf(ports.settings));
    await ports.segments.add(migrationId, [
      emptySegment(next as SegmentNumber, segment.range, segment.items, segment.units),
    ]);
    last = segment.range.through;
    counted = last === undefined;
    next += 1;
    if (ports.clock.monotonic() >= slice.deadline) break;
  }
  await reads.end(source.table);
  return { position: 'start', dryRun: migration.dryRun, ...(await segmentNumbers(ports, migrationId)) };
};

const pagesOf = (number: number, { segmentsPerStep, pageItems }: Ports['settings']): number =>
  Math.max(1, Math.min(1 + Math.floor(number / segmentsPerStep), Math.floor(SEGMENT_ITEMS / pageItems)));

const countSegment = async (
  count: (range: KeyRange) => ReturnType<Partition['count']>,
  after: EntityKey | undefined,
  pages: number,
  layout: KeyLayout,
) => {
  let last = after;
  let items = 0;
  let units = 0;
  for (let page = 0; page < pages; page += 1) {
    const counted = await count(last === undefined ? {} : { after: last });
    items += counted.items;
    units += counted.units;
    last = counted.last;
    // a segment lies in one partition: its sentinel proves nothing about the shards of another
    if (last === undefined || layout.isBeginning(last)) break;
  }
  return { range: { after, through: last }, items, units };
};

const nothing = { read: readUnits(0), write: writeUnits(0) };

const emptySegment = (number: SegmentNumber, range: KeyRange, counted: number, units: number): Segment => ({
  number,
  range,
  counted,
  copied: { items: 0, bytes: 0 },
  copyDone: false,
  cleanUpDone: false,
  units: { survey: { ...nothing, read: readUnits(units) }, copy: nothing, verify: nothing, cleanUp: nothing },
});
