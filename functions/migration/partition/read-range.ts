import type { Item } from '../items/items.ts';
import { DEFAULT_LAYOUT, type KeyLayout } from '../items/key-layout.ts';
import { isSentinel, isSentinelItem } from '../items/sentinel.ts';
import { refuseUnmovable } from '../items/unmovable.ts';
import type { Units } from '../migration.ts';
import { readUnits, type TableName, writeUnits } from '../names.ts';
import type { KeyRange } from '../segment.ts';
import type { PacedReads } from './paced-reads.ts';
import type { Partition } from './partition-port.ts';

/** Counts the read units of several passes. */
export interface Meter {
  read: number;
}

/** Returns a function that returns the units counted by the meter since its last call. */
export const unitsSince = (meter: Meter): (() => Units) => {
  let reported = 0;
  return () => {
    const units = { read: readUnits(meter.read - reported), write: writeUnits(0) };
    reported = meter.read;
    return units;
  };
};

/**
 * Reads a range as `readWithSentinels` does, without sentinels. Everything else belongs to the tenant and nothing is
 * left out, so the items that are copied, compared and deleted are those that were counted.
 * @throws UnmovableItem
 */
export async function* readRange(
  partition: Partition,
  table: TableName,
  range: KeyRange,
  limit: number,
  meter: Meter,
  reads?: PacedReads,
  layout: KeyLayout = DEFAULT_LAYOUT,
): ReturnType<typeof readWithSentinels> {
  for await (const items of readWithSentinels(partition, table, range, limit, meter, reads)) {
    refuseUnmovable(items, layout);
    yield items.filter((item) => !isSentinelItem(item, layout));
  }
}

/**
 * Reads a range of the table that a flip has made live, without sentinels and without items whose keys look like a
 * sentinel's. The application has put those since the flip, and they are kept.
 */
export async function* readLive(
  partition: Partition,
  table: TableName,
  range: KeyRange,
  limit: number,
  meter: Meter,
  reads: PacedReads | undefined,
  layout: KeyLayout,
): ReturnType<typeof readWithSentinels> {
  for await (const items of readWithSentinels(partition, table, range, limit, meter, reads))
    yield items.filter((item) => !isSentinel(layout.keyOf(item)));
}

/**
 * Reads a range consistently, page by page. The next page is requested while the caller works on the current one.
 * @param reads limits the reads and retries throttled ones; absent under the fence, where writers wait.
 */
export async function* readWithSentinels(
  partition: Partition,
  table: TableName,
  range: KeyRange,
  limit: number,
  meter: Meter,
  reads?: PacedReads,
): AsyncGenerator<readonly Item[]> {
  const read = (after: KeyRange['after']) => {
    const ask = (items: number) =>
      partition.read(table, { ...range, after: after ?? range.after }, { limit: items, consistent: true });
    const page = reads ? reads.page(table, ask, limit) : ask(limit);
    // a rejection is reported when the page is awaited; this avoids an unhandled one if the caller stops early
    page.catch(() => undefined);
    return page;
  };
  let next: ReturnType<typeof read> | undefined = read(range.after);
  try {
    while (next) {
      const page: Awaited<ReturnType<typeof read>> = await next;
      meter.read += page.units;
      next = page.last === undefined ? undefined : read(page.last);
      yield page.items;
    }
  } finally {
    // under the fence no caller waits for a page that it no longer needs
    if (reads) {
      const unused = await next?.catch(() => undefined);
      meter.read += unused?.units ?? 0;
      await reads.end(table);
    }
  }
}

/** Counts the items of a range consistently, including sentinels. */
export const countRange = async (
  partition: Partition,
  table: TableName,
  range: KeyRange,
  limit: number,
  meter: Meter,
  reads: PacedReads,
): Promise<number> => {
  let items = 0;
  let { after } = range;
  do {
    const rest = { ...range, after };
    const page = await reads.page(table, () => partition.count(table, rest, limit));
    items += page.items;
    meter.read += page.units;
    after = page.last;
  } while (after !== undefined);
  await reads.end(table);
  return items;
};
