import { Throttled, Unavailable } from '../errors.ts';
import { layoutOf } from '../items/key-layout.ts';
import { isSentinelItem } from '../items/sentinel.ts';
import type { EntityKey } from '../names.ts';
import { BatchWriter } from '../partition/batch-writer.ts';
import type { Page } from '../partition/partition-port.ts';
import { retryPauseMs } from '../partition/retry-pause.ts';
import { backUpTable } from './back-up-table.ts';
import type { RemovalRun } from './removal-run.ts';

/** Maximum number of consecutive tries of a read. */
const TRIES = 10;
const MS = 1_000;

/**
 * Deletes the tenant's items from its table, after a backup of the table. Only the tenant's partition is read and written (I4).
 * @param writeUnitsPerSecond limit of write units a second; none by default.
 */
export const deleteTenantItems = async (run: RemovalRun, writeUnitsPerSecond?: number): Promise<void> => {
  await backUpTable(run);
  await run.save({ itemsDeleted: run.removal.itemsDeleted ?? 0 });
  run.report('deletingItems');
  const { ports, tenant } = run;
  const partition = ports.partition(tenant.tenantId);
  const layout = layoutOf(ports.settings);
  const guard = {
    signal: new AbortController().signal,
    check: () => run.check(),
    keepAlive: () => run.keepAlive(),
  };
  const writer = new BatchWriter(ports, partition, tenant.table, guard);
  try {
    let after: EntityKey | undefined;
    for (;;) {
      const began = { at: ports.clock.monotonic(), units: writer.units };
      const { items, last } = await readPatiently(run, () =>
        partition.read(
          tenant.table,
          { after },
          { limit: pageItems(run, writeUnitsPerSecond), consistent: true },
        ),
      );
      if (items.length === 0 && last === undefined) return;
      // earlier items are deleted, so the next read begins at the first key, unless a whole page is empty
      after = items.length === 0 ? last : undefined;
      for (const item of items) await writer.delete(layout.keyOf(item), item);
      await writer.flush();
      const deleted = items.filter((item) => !isSentinelItem(item, layout)).length;
      await run.save({ itemsDeleted: (run.removal.itemsDeleted ?? 0) + deleted });
      run.report('deletingItems');
      if (writeUnitsPerSecond === undefined) continue;
      const dueMs = ((writer.units - began.units) / writeUnitsPerSecond) * MS;
      const pauseMs = dueMs - (ports.clock.monotonic() - began.at);
      if (pauseMs > 0) await run.sleep(pauseMs);
    }
  } finally {
    await writer.finish();
    run.noteUnanswered(writer.unansweredAt);
  }
};

/** Returns the number of items of a page: with a limit, as many as about a second may delete. */
const pageItems = ({ ports: { settings } }: RemovalRun, writeUnitsPerSecond: number | undefined): number =>
  Math.max(1, Math.min(settings.pageItems, writeUnitsPerSecond ?? settings.pageItems));

/** Repeats a throttled or failed read after growing pauses. */
const readPatiently = async <P extends Page>(run: RemovalRun, read: () => Promise<P>): Promise<P> => {
  for (let tries = 1; ; tries += 1) {
    try {
      return await read();
    } catch (error) {
      if (tries >= TRIES || !(error instanceof Throttled || error instanceof Unavailable)) throw error;
      await run.sleep(retryPauseMs(tries, run.ports.random));
    }
  }
};
