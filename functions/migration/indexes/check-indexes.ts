import pLimit from 'p-limit';
import { noteLateSentinels } from '../claims/late-calls.ts';
import type { Slice } from '../clock-port.ts';
import type { Item } from '../items/items.ts';
import { layoutOf } from '../items/key-layout.ts';
import { isSentinelItem, lastSentinelRanges } from '../items/sentinel.ts';
import { deleteSentinels } from '../journal/place-sentinels.ts';
import type { Migration } from '../migration.ts';
import { BatchWriter } from '../partition/batch-writer.ts';
import { PacedReads } from '../partition/paced-reads.ts';
import { undefinedIfLimited } from '../partition/pacer.ts';
import type { IndexPosition } from '../partition/partition-port.ts';
import type { Ports } from '../ports.ts';
import { undoRecord } from '../record/undo-record.ts';
import { type IndexCheck, type IndexCheckProgress, indexEvent, indexWarnings } from './index-check.ts';
import { type IndexMarker, indexMarker } from './index-marker.ts';
import {
  endReading,
  type IndexReading,
  type ReadValues,
  readIndexValues,
  type Values,
  valuesOfHashes,
} from './read-index-values.ts';

/** Maximum number of concurrent index queries. */
const QUERIES = 8;
/** Bounds of the time between two polls, in s. Between the bounds it is a tenth of the time that has passed. */
const POLL_SECONDS = { shortest: 1, longest: 15 };
/** Time for which one step polls for the marker before it returns, and the time between two such polls, in ms. */
const STEP_POLLS = { forMs: 1_000, everyMs: 50 };
/** The next wait as a share of the time waited for an index so far, if that share exceeds `longest`. */
const MAX_SHARE = 1 / 200;
const MS = 1_000;
/** Number of polls that must see a difference before it counts: one poll may read an index while it is catching up. */
const MIN_POLLS = 2;

/** The marker and the reads of one check of the target's indexes. */
interface Subject extends IndexReading {
  readonly marker: IndexMarker;
  /** Rate limit shared by index queries and by the reads of items for their index values. */
  readonly reads: PacedReads;
}

/**
 * Measures before the fence how far the target's global indexes lag behind its items. DynamoDB updates an index some time
 * after the item, and the target has just received the whole copy. [Using global secondary indexes, Data synchronization]
 *
 * A marker item gives an estimate: the time that each index takes to show one item. For tenants of up to
 * `indexCheck.maxItems` items the step also counts the items under up to `valuesPerIndex` partition key values per index.
 * It compares these counts with the target's own partition, not with the source's index, which changes with every write of
 * the application. CompareSegment has compared the two partitions, and no change is applied during this step, so any
 * difference is the index's lag. If an index has more values than that, the largest ones and a sample of the rest are
 * counted. Equal counts do not prove that an index has caught up: under the same value it may lack a new item and still show
 * a deleted one.
 *
 * The check waits up to `maxLagMs` for a lagging index, and as long again for the marker to disappear. A lag that remains is
 * a warning in the audit trail, the report and the log. It is never an error, since DynamoDB completes the index eventually.
 * @returns `done: true` if the check has ended.
 * @throws SegmentUnfinished while the target's items are still being counted
 * @throws Conflict
 */
export const checkIndexes = async (
  ports: Ports,
  migration: Migration,
  slice: Slice,
): Promise<{ done: boolean; waitSeconds: number }> => {
  const { migrationId, tenantId, attempt } = migration;
  const { indexes } = ports.settings.tableDesign;
  const saved = await ports.migrations.indexChecks(migrationId);
  // the target may have been written since an earlier attempt checked it
  const before = saved?.attempt === attempt ? saved : undefined;
  if (indexes.length === 0 || before?.checkedAt !== undefined) return { done: true, waitSeconds: 0 };
  const { table } = await undoRecord(ports, migration);
  const nonce = before?.nonce ?? ports.newId();
  const reads = new PacedReads(ports, migration, slice);
  const layout = layoutOf(ports.settings);
  const subject = { migration, table, slice, reads, marker: indexMarker(tenantId, indexes, nonce, layout) };
  const read = await readIndexValues(ports, subject, before);
  let checks = before ?? (await begin(ports, subject, nonce, read?.values));
  let remaining: IndexCheckProgress['pending'] = [];
  const until = ports.clock.monotonic() + STEP_POLLS.forMs;
  for (;;) {
    if (checks.deletedAt === undefined)
      ({ checks, left: remaining } = await poll(ports, subject, checks, read));
    if (checks.deletedAt === undefined && remaining.length === 0 && isReady(ports, checks)) {
      // saved before the delete: a retry that had not recorded the marker as shown would wait for a deleted item.
      // If there is no record yet, the retry puts a new marker
      if (before) await ports.migrations.saveIndexChecks(migrationId, checks);
      await deleteSentinels(ports, tenantId, table, [subject.marker.key]);
      checks = { ...checks, deletedAt: ports.clock.now() };
    }
    const { deletedAt } = checks;
    if (deletedAt !== undefined)
      checks = { ...checks, indexes: await pollForMarker(ports, subject, checks, 'shown') };
    if (deletedAt !== undefined && isOver(ports, checks, deletedAt)) break;
    // pending values are compared with the target's items, which only the next step reads again
    if (checks.pending.length > 0 || ports.clock.monotonic() >= until) {
      await reads.end(table);
      await ports.migrations.saveIndexChecks(migrationId, checks);
      // saved after the record that lists the pending values: a reading that is kept holds only some of them
      if (read) await endReading(ports, migration, read, remaining);
      return { done: false, waitSeconds: nextPollSeconds(ports, checks) };
    }
    await ports.clock.sleep(STEP_POLLS.everyMs);
  }
  await reads.end(table);
  await conclude(ports, migration, checks);
  if (read) await endReading(ports, migration, read, []);
  return { done: true, waitSeconds: 0 };
};

/** Maximum number of leftover markers to read: each earlier try leaves one at most. */
const LEFT_MARKERS = 100;

/**
 * Replaces markers that a crash left with a new one. No record is needed to delete it later: the marker is in the key range
 * from which sentinels are swept.
 */
const begin = async (
  ports: Ports,
  { migration, table, marker }: Subject,
  nonce: string,
  values: Values | undefined,
): Promise<IndexCheckProgress> => {
  const { tableDesign, indexCheck } = ports.settings;
  const partition = ports.partition(migration.tenantId);
  const layout = layoutOf(ports.settings);
  // a marker lies behind the items of the last partition
  const range = lastSentinelRanges(layout).at(-1) ?? {};
  const remaining = await partition.read(table, range, { limit: LEFT_MARKERS, consistent: true });
  const writer = new BatchWriter(ports, partition, table);
  try {
    for (const item of remaining.items)
      if (isSentinelItem(item, layout)) await writer.delete(layout.keyOf(item));
    await writer.put(marker.item);
    await writer.flush();
  } finally {
    await writer.finish();
    await noteLateSentinels(ports, migration.migrationId, writer.unansweredAt);
  }
  const sampleOf = (name: string) => values?.get(name)?.sample(indexCheck.valuesPerIndex) ?? [];
  return {
    attempt: migration.attempt,
    nonce,
    polls: 0,
    putAt: ports.clock.now(),
    pending: tableDesign.indexes.flatMap(({ name }) =>
      sampleOf(name).map((valueHash) => ({ index: name, valueHash })),
    ),
    indexes: tableDesign.indexes.map(({ name }): IndexCheck => {
      const found = values?.get(name);
      return {
        index: name,
        marker: marker.places.has(name) ? 'waiting' : 'none',
        values: found?.size,
        counted: 0,
        differing: 0,
        uncountedItems: found?.uncountedItems ?? 0,
      };
    }),
  };
};

/**
 * Queries every index for the marker, and counts the items of pending values.
 * @returns the updated checks, and the values that could not be counted in this slice. The next slice continues with those.
 */
const poll = async (
  ports: Ports,
  subject: Subject,
  checks: IndexCheckProgress,
  read: ReadValues | undefined,
): Promise<{ checks: IndexCheckProgress; left: IndexCheckProgress['pending'] }> => {
  const now = await pollForMarker(ports, subject, checks, 'waiting');
  const limit = pLimit(QUERIES);
  const equal = new Set<(typeof checks.pending)[number]>();
  const remaining = new Set<(typeof checks.pending)[number]>();
  for (const [index, known] of read?.values ?? []) {
    const pending = checks.pending.filter((one) => one.index === index);
    const hashes = pending.map(({ valueHash }) => valueHash);
    const { found, isWhole } = await valuesOfHashes(ports, subject, subject.reads, [known, hashes]);
    await limit.map(pending, async (one) => {
      const expected = known.withHash(one.valueHash)?.items;
      // no item has this value any more, so the index cannot lack one
      if (expected === undefined) return read?.isRest ? undefined : equal.add(one);
      const value = found.get(one.valueHash);
      if (value === undefined) return isWhole ? undefined : remaining.add(one);
      const counted = await countItems(ports, subject, index, { value }, expected);
      if (counted === undefined) return remaining.add(one);
      return counted === expected ? equal.add(one) : undefined;
    });
  }
  const equalOf = (index: string) => [...equal].filter((one) => one.index === index).length;
  const polled = {
    ...checks,
    polls: checks.polls + (remaining.size === 0 ? 1 : 0),
    // without a reading the partition took too many slices: that says nothing about the indexes
    pending: read ? checks.pending.filter((one) => !equal.has(one)) : [],
    indexes: now.map((one) => ({ ...one, counted: one.counted + equalOf(one.index) })),
  };
  return { checks: polled, left: [...remaining] };
};

/** Queries the indexes whose marker is in this state: `waiting` becomes `shown`, and `shown` becomes `gone`. */
const pollForMarker = (
  ports: Ports,
  subject: Subject,
  { indexes, putAt }: IndexCheckProgress,
  state: 'waiting' | 'shown',
): Promise<IndexCheck[]> =>
  pLimit(QUERIES).map(indexes, async (check): Promise<IndexCheck> => {
    const place = subject.marker.places.get(check.index);
    if (check.marker !== state || !place) return check;
    const isThere = ((await countItems(ports, subject, check.index, place, 0)) ?? 0) > 0;
    if (isThere === (state === 'shown')) return check;
    return state === 'shown'
      ? { ...check, marker: 'gone' }
      : { ...check, marker: 'shown', lagMs: Math.floor(ports.clock.now() - putAt) };
  });

/**
 * Counts the items at one place of an index, and stops once there are more than expected.
 * @returns undefined if the slice ended first, or the rate limit left no reads in it.
 */
const countItems = async (
  ports: Ports,
  { migration, table, slice, reads }: Subject,
  name: string,
  place: IndexPosition,
  expected: number,
): Promise<number | undefined> => {
  const index = ports.settings.tableDesign.indexes.find((one) => one.name === name);
  if (!index) return undefined;
  const partition = ports.partition(migration.tenantId);
  let items = 0;
  let after: Item | undefined;
  do {
    // estimate of one read unit: the size of an index page cannot be chosen
    const page = await undefinedIfLimited(
      reads.page(table, () => partition.countInIndex(table, index, place, after), 1),
    );
    if (!page) return undefined;
    items += page.items;
    after = page.next;
    if (after !== undefined && ports.clock.monotonic() >= slice.deadline) return undefined;
  } while (after !== undefined && items <= expected);
  return items;
};

/** True if the marker can be deleted: every index has shown it and all counts were equal, or `maxLagMs` has passed. */
const isReady = (ports: Ports, { indexes, pending, polls, putAt }: IndexCheckProgress): boolean =>
  (pending.length === 0 && indexes.every(({ marker }) => marker !== 'waiting')) ||
  (polls >= MIN_POLLS && ports.clock.now() - putAt >= ports.settings.indexCheck.maxLagMs);

const isOver = (ports: Ports, { indexes }: IndexCheckProgress, deletedAt: number): boolean =>
  indexes.every(({ marker }) => marker !== 'shown') ||
  ports.clock.now() - deletedAt >= ports.settings.indexCheck.maxLagMs;

/** Returns the seconds until the next poll: a tenth of the time waited so far. The upper bound grows with that time. */
export const nextPollSeconds = (
  ports: Pick<Ports, 'clock'>,
  { deletedAt, putAt }: Pick<IndexCheckProgress, 'deletedAt' | 'putAt'>,
): number => {
  const seconds = (ports.clock.now() - (deletedAt ?? putAt)) / MS;
  const longest = Math.max(POLL_SECONDS.longest, Math.ceil(seconds * MAX_SHARE));
  return Math.min(Math.max(Math.round(seconds / 10), POLL_SECONDS.shortest), longest);
};

/** Saves the ended check, and writes its result to the audit trail and, if an index lags, to the log. */
const conclude = async (ports: Ports, migration: Migration, checks: IndexCheckProgress): Promise<void> => {
  const { migrationId, tenantId, status, attempt } = migration;
  const { indexCheck: limits } = ports.settings;
  const now = ports.clock.now();
  const differing = (index: string) => checks.pending.filter((one) => one.index === index).length;
  const found: IndexCheckProgress = {
    ...checks,
    checkedAt: now,
    pending: [],
    indexes: checks.indexes.map((one) => ({ ...one, differing: differing(one.index) })),
  };
  if (indexWarnings(found, limits).length > 0)
    ports.log.warn({ migrationId, tenantId, indexes: found.indexes }, 'IndexBehind');
  const event = { who: `workflow, attempt ${attempt}`, reason: indexEvent(found, limits), at: now };
  await ports.migrations.transition(migration, status, event);
  await ports.migrations.saveIndexChecks(migrationId, found);
};
