import pLimit from 'p-limit';
import { BatchWriter } from '../batch-writer.ts';
import { deleteSentinels } from '../capture/place-sentinels.ts';
import { isSentinelItem, sentinelRange } from '../capture/sentinel.ts';
import { type Item, keyOf } from '../items.ts';
import type { Migration } from '../migration.ts';
import { PacedReads } from '../paced-reads.ts';
import { unlessLimited } from '../pacer.ts';
import type { IndexPlace, Ports, Slice } from '../ports.ts';
import { cleanUpRecord } from '../provision/create-target-table.ts';
import { type IndexCheck, type IndexChecks, indexEvent, indexWarnings } from './index-check.ts';
import { type IndexMarker, indexMarker } from './index-marker.ts';
import {
  endReading,
  type IndexReading,
  type ReadValues,
  readIndexValues,
  type Values,
  valuesOfHashes,
} from './read-index-values.ts';

/** Queries of indexes side by side. */
const QUERIES = 8;
/** Shortest and longest time between two polls, in s; between them a tenth of the time that has passed. */
const POLL_SECONDS = { shortest: 1, longest: 15 };
/** For how long a step asks for the marker before it returns, and the time between two such polls, in ms. */
const STEP_POLLS = { forMs: 1_000, everyMs: 50 };
/** Share of the time for which an index has been waited for that the next wait takes, if that is longer than `longest`. */
const LONGEST_SHARE = 1 / 200;
const MS = 1_000;
/** A difference counts once it was there at so many polls: an index may have been read while it was catching up. */
const POLLS = 2;

/** The state of a check, and what it is about. */
interface Subject extends IndexReading {
  readonly marker: IndexMarker;
  /** Of the indexes, and of items for their values. */
  readonly reads: PacedReads;
}

/**
 * Finds out how far the target's global indexes are behind its items, before the fence: DynamoDB updates an index some
 * time after the item, and the target has just taken the whole copy. [Using global secondary indexes, Data
 * synchronization]
 *
 * A marker shows how long an index takes for one item: an estimate. For a tenant of up to `indexCheck.maxItems` items the
 * items under up to `valuesPerIndex` partition key values of each index are counted too, against the target's own
 * partition: CompareSegment has compared that with the source's, and nothing is applied during this step, so a difference
 * is the index's, while the source's index moves with every write of the application. If an index has no more values
 * than that, equal counts show that it has caught up with the copy; else they show it for the values counted: the largest,
 * and some spread over the others.
 *
 * A lag is waited for, for up to `maxLagMs`, and a deleted marker as long again. What is left then is a warning in the
 * audit trail, the report and the log. It is never an error: an index catches up by itself.
 * @returns whether the check has ended. @throws SegmentUnfinished while the target's items are still being counted
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
  // an earlier attempt's target may have been written since
  const before = saved?.attempt === attempt ? saved : undefined;
  if (indexes.length === 0 || before?.checkedAt !== undefined) return { done: true, waitSeconds: 0 };
  const { table } = await cleanUpRecord(ports, migration);
  const nonce = before?.nonce ?? ports.newId();
  const reads = new PacedReads(ports, migration, slice);
  const subject = { migration, table, slice, reads, marker: indexMarker(tenantId, indexes, nonce) };
  const read = await readIndexValues(ports, subject, before);
  let checks = before ?? (await begin(ports, subject, nonce, read?.values));
  let left: IndexChecks['pending'] = [];
  const until = ports.clock.monotonic() + STEP_POLLS.forMs;
  for (;;) {
    if (checks.deletedAt === undefined) ({ checks, left } = await poll(ports, subject, checks, read));
    if (checks.deletedAt === undefined && left.length === 0 && isReady(ports, checks)) {
      // a retry that had not seen the marker shown would wait for one that is deleted; without a record it puts a new one
      if (before) await ports.migrations.saveIndexChecks(migrationId, checks);
      await deleteSentinels(ports, tenantId, table, [subject.marker.key]);
      checks = { ...checks, deletedAt: ports.clock.now() };
    }
    const { deletedAt } = checks;
    if (deletedAt !== undefined)
      checks = { ...checks, indexes: await pollForMarker(ports, subject, checks, 'shown') };
    if (deletedAt !== undefined && isOver(ports, checks, deletedAt)) break;
    // values are counted against the target's items, which only the next step reads anew
    if (checks.pending.length > 0 || ports.clock.monotonic() >= until) {
      await reads.end(table);
      await ports.migrations.saveIndexChecks(migrationId, checks);
      // behind the record that names the values: a reading that was kept holds only some
      if (read) await endReading(ports, migration, read, left);
      return { done: false, waitSeconds: nextPollSeconds(ports, checks) };
    }
    await ports.clock.sleep(STEP_POLLS.everyMs);
  }
  await reads.end(table);
  await conclude(ports, migration, checks);
  if (read) await endReading(ports, migration, read, []);
  return { done: true, waitSeconds: 0 };
};

/** Markers of earlier tries that are looked for: a try leaves one at most. */
const LEFT_MARKERS = 100;

/** Puts the marker instead of any that a crash left. Its deletion needs no record: it lies where sentinels are swept. */
const begin = async (
  ports: Ports,
  { migration, table, marker }: Subject,
  nonce: string,
  values: Values | undefined,
): Promise<IndexChecks> => {
  const { tableDesign, indexCheck } = ports.settings;
  const partition = ports.partition(migration.tenantId);
  const left = await partition.read(table, sentinelRange(), { limit: LEFT_MARKERS, consistent: true });
  const writer = new BatchWriter(ports, partition, table);
  try {
    for (const item of left.items.filter(isSentinelItem)) await writer.delete(keyOf(item));
    await writer.put(marker.item);
    await writer.flush();
  } finally {
    await writer.settle();
  }
  const sampleOf = (name: string) => values?.get(name)?.sample(indexCheck.valuesPerIndex) ?? [];
  return {
    attempt: migration.attempt,
    nonce,
    polls: 0,
    markedAt: ports.clock.now(),
    pending: tableDesign.indexes.flatMap(({ name }) =>
      sampleOf(name).map((valueHash) => ({ index: name, valueHash })),
    ),
    indexes: tableDesign.indexes.map(({ name }): IndexCheck => {
      const found = values?.get(name);
      return {
        index: name,
        marker: marker.places.has(name) ? 'waiting' : 'none',
        ...(found ? { values: found.size } : {}),
        counted: 0,
        differing: 0,
        uncountedItems: found?.uncountedItems ?? 0,
      };
    }),
  };
};

/**
 * Asks every index for the marker, and counts what is pending.
 * @returns also the values that could not be counted in this slice: the poll goes on with them in the next.
 */
const poll = async (
  ports: Ports,
  subject: Subject,
  checks: IndexChecks,
  read: ReadValues | undefined,
): Promise<{ checks: IndexChecks; left: IndexChecks['pending'] }> => {
  const now = await pollForMarker(ports, subject, checks, 'waiting');
  const limit = pLimit(QUERIES);
  const equal = new Set<(typeof checks.pending)[number]>();
  const left = new Set<(typeof checks.pending)[number]>();
  for (const [index, known] of read?.values ?? []) {
    const pending = checks.pending.filter((one) => one.index === index);
    const hashes = pending.map(({ valueHash }) => valueHash);
    const { found, isWhole } = await valuesOfHashes(ports, subject, subject.reads, [known, hashes]);
    await limit.map(pending, async (one) => {
      const expected = known.withHash(one.valueHash)?.items;
      // no item has the value any more: none can be missed
      if (expected === undefined) return read?.isRest ? undefined : equal.add(one);
      const value = found.get(one.valueHash);
      if (value === undefined) return isWhole ? undefined : left.add(one);
      const counted = await countItems(ports, subject, index, { value }, expected);
      if (counted === undefined) return left.add(one);
      return counted === expected ? equal.add(one) : undefined;
    });
  }
  const equalOf = (index: string) => [...equal].filter((one) => one.index === index).length;
  const polled = {
    ...checks,
    polls: checks.polls + (left.size === 0 ? 1 : 0),
    // a partition that takes too many slices is no index's fault
    pending: read ? checks.pending.filter((one) => !equal.has(one)) : [],
    indexes: now.map((one) => ({ ...one, counted: one.counted + equalOf(one.index) })),
  };
  return { checks: polled, left: [...left] };
};

/** Asks the indexes in which the marker is `waiting` if it is there now, or those in which it is `shown` if it has gone. */
const pollForMarker = (
  ports: Ports,
  subject: Subject,
  { indexes, markedAt }: IndexChecks,
  state: 'waiting' | 'shown',
): Promise<IndexCheck[]> =>
  pLimit(QUERIES).map(indexes, async (check): Promise<IndexCheck> => {
    const place = subject.marker.places.get(check.index);
    if (check.marker !== state || !place) return check;
    const isThere = ((await countItems(ports, subject, check.index, place, 0)) ?? 0) > 0;
    if (isThere === (state === 'shown')) return check;
    return state === 'shown'
      ? { ...check, marker: 'gone' }
      : { ...check, marker: 'shown', lagMs: Math.floor(ports.clock.now() - markedAt) };
  });

/**
 * Counts the items at a place of an index, until there are more than expected.
 * @returns undefined if the slice ended before, or the limit left nothing of it.
 */
const countItems = async (
  ports: Ports,
  { migration, table, slice, reads }: Subject,
  name: string,
  place: IndexPlace,
  expected: number,
): Promise<number | undefined> => {
  const index = ports.settings.tableDesign.indexes.find((one) => one.name === name);
  if (!index) return undefined;
  const partition = ports.partition(migration.tenantId);
  let items = 0;
  let after: Item | undefined;
  do {
    // the size of a page is not ours to choose
    const page = await unlessLimited(
      reads.page(table, () => partition.countInIndex(table, index, place, after), 1),
    );
    if (!page) return undefined;
    items += page.items;
    after = page.next;
    if (after !== undefined && ports.clock.monotonic() >= slice.deadline) return undefined;
  } while (after !== undefined && items <= expected);
  return items;
};

/** True if the marker may go: every index has shown it and every count was equal, or it has taken too long. */
const isReady = (ports: Ports, { indexes, pending, polls, markedAt }: IndexChecks): boolean =>
  (pending.length === 0 && indexes.every(({ marker }) => marker !== 'waiting')) ||
  (polls >= POLLS && ports.clock.now() - markedAt >= ports.settings.indexCheck.maxLagMs);

const isOver = (ports: Ports, { indexes }: IndexChecks, deletedAt: number): boolean =>
  indexes.every(({ marker }) => marker !== 'shown') ||
  ports.clock.now() - deletedAt >= ports.settings.indexCheck.maxLagMs;

/** Returns the seconds until the next poll: a tenth of the time that an index is behind, within bounds that grow with it. */
export const nextPollSeconds = (
  ports: Pick<Ports, 'clock'>,
  { deletedAt, markedAt }: Pick<IndexChecks, 'deletedAt' | 'markedAt'>,
): number => {
  const seconds = (ports.clock.now() - (deletedAt ?? markedAt)) / MS;
  const longest = Math.max(POLL_SECONDS.longest, Math.ceil(seconds * LONGEST_SHARE));
  return Math.min(Math.max(Math.round(seconds / 10), POLL_SECONDS.shortest), longest);
};

/** Reports what was found. */
const conclude = async (ports: Ports, migration: Migration, checks: IndexChecks): Promise<void> => {
  const { migrationId, tenantId, status, attempt } = migration;
  const { maxLagMs } = ports.settings.indexCheck;
  const now = ports.clock.now();
  const differing = (index: string) => checks.pending.filter((one) => one.index === index).length;
  const found: IndexChecks = {
    ...checks,
    checkedAt: now,
    pending: [],
    indexes: checks.indexes.map((one) => ({ ...one, differing: differing(one.index) })),
  };
  if (indexWarnings(found, maxLagMs).length > 0)
    ports.log.warn({ migrationId, tenantId, indexes: found.indexes }, 'IndexBehind');
  const event = { who: `workflow, attempt ${attempt}`, why: indexEvent(found, maxLagMs), at: now };
  await ports.migrations.transition(migration, status, event);
  await ports.migrations.saveIndexChecks(migrationId, found);
};
