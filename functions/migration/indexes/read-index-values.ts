import type { Slice } from '../clock-port.ts';
import { IndexValues, indexValueHash } from '../items/index-values.ts';
import { itemSize } from '../items/item-size.ts';
import { layoutOf } from '../items/key-layout.ts';
import { READ_UNIT_BYTES } from '../limits.ts';
import type { Migration } from '../migration.ts';
import type { TableName } from '../names.ts';
import { PacedReads } from '../partition/paced-reads.ts';
import { undefinedIfLimited } from '../partition/pacer.ts';
import { readRange } from '../partition/read-range.ts';
import { runResumablePass } from '../partition/resumable-pass.ts';
import type { Ports } from '../ports.ts';
import type { IndexCheckProgress, UnfinishedIndexValues } from './index-check.ts';

/** Maximum number of items in one read of the target's partition. A page has 1 MB at most, and there is one reader. */
const PAGE_ITEMS = 2_000;
/**
 * Maximum number of slices for one poll; a tenant that needs more counts as too large. The check should not delay a migration
 * by hours, and each slice adds events to the execution's history.
 */
const MAX_SLICES = 100;
/** Number of items that one request reads to find their index values. */
const GET_ITEMS = 10;

/** Values of the target's indexes, by the index's name. */
export type Values = ReadonlyMap<string, IndexValues>;

/** Result of one reading of the target's partition. */
export interface ReadValues {
  readonly values: Values;
  /** Number of slices taken so far. */
  readonly slices: number;
  /** True if it holds only the values that an earlier step of the poll could not count in the indexes. */
  readonly isRest: boolean;
}

/** Parameters of a step that reads the target for the check. */
export interface IndexReading {
  readonly migration: Migration;
  readonly table: TableName;
  readonly slice: Slice;
}

/**
 * Returns the index values that the target's items have now, by index; undefined if there is nothing to count, or the tenant
 * is too large. Each poll reads them again, since items expire. A reading resumes where the previous slice stopped.
 * @param before progress of the check, to count pending values only; absent to count all values.
 * @throws SegmentUnfinished once its cursor is saved
 */
export const readIndexValues = async (
  ports: Ports,
  { migration, table, slice }: IndexReading,
  before: IndexCheckProgress | undefined,
): Promise<ReadValues | undefined> => {
  const { migrations, settings } = ports;
  const { migrationId, tenantId, attempt } = migration;
  if (before ? before.pending.length === 0 : await isTooLarge(ports, migration)) return undefined;
  const saved = await migrations.indexValues(migrationId);
  const isOfPoll = saved?.attempt === attempt && (before !== undefined || saved.through !== undefined);
  const earlier = isOfPoll ? saved : undefined;
  if (earlier && earlier.slices >= MAX_SLICES) {
    await migrations.saveIndexValues(migrationId, undefined);
    return undefined;
  }
  const layout = layoutOf(settings);
  const values: Values = new Map(
    settings.tableDesign.indexes.map((index) => {
      const pending = before?.pending.filter((one) => one.index === index.name);
      const only = pending && new Set(pending.map(({ valueHash }) => valueHash));
      const soFar = earlier?.indexes.find((one) => one.index === index.name);
      return [index.name, new IndexValues(tenantId, index, { earlier: soFar, only, layout })];
    }),
  );
  const slices = (earlier?.slices ?? 0) + 1;
  if (earlier && earlier.through === undefined) return { values, slices, isRest: true };
  const reads = new PacedReads(ports, migration, slice, { endWithSlice: true });
  await runResumablePass({
    after: earlier?.through,
    pages: (after) => {
      const rest = after === undefined ? {} : { after };
      return readRange(ports.partition(tenantId), table, rest, PAGE_ITEMS, { read: 0 }, reads, layout);
    },
    see: async (items) => {
      for (const item of items) for (const one of values.values()) one.add(item);
      const last = items.at(-1);
      return last && layout.keyOf(last);
    },
    save: (through) => {
      const indexes = [...values.values()].map((one) => one.soFar());
      const reading: UnfinishedIndexValues = { attempt, through, slices, indexes };
      return migrations.saveIndexValues(migrationId, reading);
    },
  });
  return { values, slices, isRest: false };
};

/**
 * Deletes the saved reading once all its values have been counted in the indexes. If some are left it saves only those, so
 * that the next step counts them without reading the target again.
 */
export const endReading = async (
  { migrations }: Pick<Ports, 'migrations'>,
  { migrationId, attempt }: Migration,
  { values, slices }: Pick<ReadValues, 'values' | 'slices'>,
  remaining: IndexCheckProgress['pending'],
): Promise<void> => {
  if (remaining.length === 0) {
    if (slices > 1) await migrations.saveIndexValues(migrationId, undefined);
    return;
  }
  const indexes = [...values].map(([name, of]) => {
    const hashes = remaining.filter(({ index }) => index === name).map(({ valueHash }) => valueHash);
    return of.soFar(new Set(hashes));
  });
  await migrations.saveIndexValues(migrationId, { attempt, slices, indexes });
};

const isTooLarge = async ({ migrations, settings }: Ports, { migrationId }: Migration): Promise<boolean> => {
  const plan = await migrations.plan(migrationId);
  return !plan || plan.items > settings.indexCheck.maxItems;
};

/**
 * Returns the index values with these hashes. Records hold hashes only, so each value is read from an item that the reading
 * has seen. A value is missing if that item has expired since.
 * @returns `isWhole: false` if the migration's rate limit left no reads for some of them in this slice.
 */
export const valuesOfHashes = async (
  ports: Ports,
  { migration, table }: IndexReading,
  reads: PacedReads,
  [values, hashes]: readonly [IndexValues, readonly string[]],
): Promise<{ found: ReadonlyMap<string, string>; isWhole: boolean }> => {
  const keys = [...new Set(hashes.flatMap((hash) => values.withHash(hash)?.key ?? []))];
  const partition = ports.partition(migration.tenantId);
  const found = new Map<string, string>();
  for (let n = 0; n < keys.length; n += GET_ITEMS) {
    const batch = keys.slice(n, n + GET_ITEMS);
    const get = async () => {
      const items = await partition.get(table, batch);
      return {
        items,
        units: items.reduce((sum, item) => sum + Math.ceil(itemSize(item) / READ_UNIT_BYTES), 0),
      };
    };
    const page = await undefinedIfLimited(reads.page(table, get, batch.length));
    if (!page) return { found, isWhole: false };
    for (const item of page.items) {
      const value = values.valueOf(item);
      if (value !== undefined) found.set(indexValueHash(value), value);
    }
  }
  return { found, isWhole: true };
};
