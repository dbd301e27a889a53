import pLimit from 'p-limit';
import { BatchWriter } from '../batch-writer.ts';
import { deleteSentinels } from '../capture/place-sentinels.ts';
import { isSentinelItem, sentinelRange } from '../capture/sentinel.ts';
import { IndexValues, indexValueHash } from '../index-values.ts';
import { type Item, keyOf } from '../items.ts';
import type { Migration } from '../migration.ts';
import type { TableName } from '../names.ts';
import { PacedReads, WHOLE_SEGMENTS_UNITS_PER_SECOND } from '../paced-reads.ts';
import type { IndexPlace, Ports, Slice } from '../ports.ts';
import { cleanUpRecord } from '../provision/create-target-table.ts';
import { readRange } from '../read-range.ts';
import type { TableIndex } from '../settings.ts';
import { type IndexCheck, type IndexChecks, indexEvent, indexWarnings } from './index-check.ts';
import { type IndexMarker, indexMarker } from './index-marker.ts';

/** Items in one read of the target's partition, of which there is one reader: 1 MB at most. */
const PAGE_ITEMS = 2_000;
/** Queries of indexes side by side. */
const QUERIES = 8;
/** Shortest and longest time between two polls, in s; between them a tenth of the time that has passed. */
const POLL_SECONDS = { shortest: 1, longest: 15 };
/** For how long a step asks for the marker before it returns, and the time between two such polls, in ms. */
const STEP_POLLS = { forMs: 1_000, everyMs: 50 };
const MS = 1_000;
/** A difference counts once it was there at so many polls: an index may have been read while it was catching up. */
const POLLS = 2;

/** The state of a check, and what it is about. */
interface Subject {
  readonly migration: Migration;
  readonly table: TableName;
  readonly marker: IndexMarker;
  readonly slice: Slice;
}

type Values = ReadonlyMap<string, IndexValues>;

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
 * @returns whether the check has ended. @throws Conflict
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
  const subject = { migration, table, slice, marker: indexMarker(tenantId, indexes, nonce) };
  const values = await valuesToCount(ports, subject, before);
  let checks = before ?? (await begin(ports, subject, nonce, values));
  const until = ports.clock.monotonic() + STEP_POLLS.forMs;
  for (;;) {
    if (checks.deletedAt === undefined) checks = await poll(ports, subject, checks, values);
    if (checks.deletedAt === undefined && isReady(ports, checks)) {
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
      await ports.migrations.saveIndexChecks(migrationId, checks);
      return { done: false, waitSeconds: nextPollSeconds(ports, checks) };
    }
    await ports.clock.sleep(STEP_POLLS.everyMs);
  }
  await conclude(ports, migration, checks);
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
      sampleOf(name).map((value) => ({ index: name, valueHash: indexValueHash(value) })),
    ),
    indexes: tableDesign.indexes.map(({ name }): IndexCheck => {
      const found = values?.get(name);
      return {
        index: name,
        marker: marker.places.has(name) ? 'waiting' : 'none',
        ...(found ? { values: found.items.size } : {}),
        counted: 0,
        differing: 0,
        uncountedItems: found?.uncountedItems ?? 0,
      };
    }),
  };
};

/** Asks every index for the marker, and counts what is pending. */
const poll = async (
  ports: Ports,
  subject: Subject,
  checks: IndexChecks,
  values: Values | undefined,
): Promise<IndexChecks> => {
  const now = await pollForMarker(ports, subject, checks, 'waiting');
  const limit = pLimit(QUERIES);
  const equal = new Set<(typeof checks.pending)[number]>();
  await limit.map(values ? checks.pending : [], async (one) => {
    const known = values?.get(one.index);
    const value = known?.withHash(one.valueHash);
    // no item has the value any more: none can be missed
    if (value === undefined) return equal.add(one);
    const expected = known?.items.get(value) ?? 0;
    const counted = await countItems(ports, subject, one.index, { value }, expected);
    return counted === expected ? equal.add(one) : undefined;
  });
  const equalOf = (index: string) => [...equal].filter((one) => one.index === index).length;
  return {
    ...checks,
    polls: checks.polls + 1,
    // a partition that can't be read in a slice any more is no index's fault
    pending: values ? checks.pending.filter((one) => !equal.has(one)) : [],
    indexes: now.map((one) => ({ ...one, counted: one.counted + equalOf(one.index) })),
  };
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
      : { ...check, marker: 'shown', lagMs: ports.clock.now() - markedAt };
  });

/**
 * Counts the items at a place of an index, until there are more than expected.
 * @returns undefined if the slice ended before.
 */
const countItems = async (
  ports: Ports,
  { migration, table, slice }: Subject,
  name: string,
  place: IndexPlace,
  expected: number,
): Promise<number | undefined> => {
  const index = ports.settings.tableDesign.indexes.find((one) => one.name === name);
  if (!index) return undefined;
  const reads = new PacedReads(ports, undefined, slice);
  const partition = ports.partition(migration.tenantId);
  let items = 0;
  let after: Item | undefined;
  do {
    const page = await reads.backingOff(() => partition.countInIndex(table, index, place, after));
    items += page.items;
    after = page.next;
    if (after !== undefined && ports.clock.monotonic() >= slice.deadline) return undefined;
  } while (after !== undefined && items <= expected);
  return items;
};

/**
 * The values of each index that the target's items carry now; undefined if there is nothing to count, or the tenant is too
 * large to be read in one slice. Read anew at each poll, since items expire.
 */
const valuesToCount = async (
  ports: Ports,
  { migration, table, slice }: Subject,
  before: IndexChecks | undefined,
): Promise<Values | undefined> => {
  const { indexCheck, tableDesign } = ports.settings;
  if (before) {
    if (before.pending.length === 0) return undefined;
  } else {
    const plan = await ports.migrations.plan(migration.migrationId);
    if (!plan || plan.items > indexCheck.maxItems) return undefined;
  }
  const { tenantId } = migration;
  const values = new Map(
    tableDesign.indexes.map((index: TableIndex) => [index.name, new IndexValues(tenantId, index)]),
  );
  const reads = new PacedReads(ports, migration, slice, { atLeast: WHOLE_SEGMENTS_UNITS_PER_SECOND });
  const partition = ports.partition(tenantId);
  for await (const page of readRange(partition, table, {}, PAGE_ITEMS, { read: 0 }, reads)) {
    for (const item of page) for (const one of values.values()) one.add(item);
    if (ports.clock.monotonic() >= slice.deadline) return undefined;
  }
  return values;
};

/** True if the marker may go: every index has shown it and every count was equal, or it has taken too long. */
const isReady = (ports: Ports, { indexes, pending, polls, markedAt }: IndexChecks): boolean =>
  (pending.length === 0 && indexes.every(({ marker }) => marker !== 'waiting')) ||
  (polls >= POLLS && ports.clock.now() - markedAt >= ports.settings.indexCheck.maxLagMs);

const isOver = (ports: Ports, { indexes }: IndexChecks, deletedAt: number): boolean =>
  indexes.every(({ marker }) => marker !== 'shown') ||
  ports.clock.now() - deletedAt >= ports.settings.indexCheck.maxLagMs;

const nextPollSeconds = (ports: Ports, { deletedAt, markedAt }: IndexChecks): number => {
  const seconds = Math.ceil((ports.clock.now() - (deletedAt ?? markedAt)) / MS / 10);
  return Math.min(Math.max(seconds, POLL_SECONDS.shortest), POLL_SECONDS.longest);
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
