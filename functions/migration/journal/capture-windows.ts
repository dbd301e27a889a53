import { isClosed, STATUSES } from '../life-cycle.ts';
import type { TableName } from '../names.ts';
import type { Ports } from '../ports.ts';

/**
 * Sets the batching window of capture for tables that no open migration uses, if the deployment has such a window.
 * Until then the tables of an ended migration have none, however it ended: each migration removes the window before it
 * relies on capture, and again if capture is late.
 */
export const setIdleWindows = async (ports: Ports): Promise<void> => {
  const seconds = ports.settings.captureWindowSeconds;
  if (seconds === undefined) return;
  const awake = (await ports.streamReaders.captureWindows()).filter((window) => window.seconds !== seconds);
  if (awake.length === 0) return;
  // after the windows were read, so that a migration that has removed one since is included
  const used = await usedTables(ports);
  for (const { table, mapping } of awake)
    if (!used.has(table)) await ports.streamReaders.setCaptureWindow(mapping, seconds);
};

/**
 * Returns the tables of open migrations. Queued ones are included, since their source would lose its window at once.
 */
const usedTables = async (ports: Ports): Promise<ReadonlySet<TableName>> => {
  const used = new Set<TableName>();
  for (const status of STATUSES.filter((one) => !isClosed(one))) {
    for await (const { migrationId, dryRun } of ports.migrations.list({ status })) {
      if (dryRun) continue;
      // the list may be older than the choice of the target
      const { source, target } = (await ports.migrations.get(migrationId)) ?? {};
      for (const table of [source?.table, target?.table]) if (table !== undefined) used.add(table);
    }
  }
  return used;
};
