import type { Migration } from '../migration.ts';
import type { Ports } from '../ports.ts';
import { armCapture, armPollSeconds } from './arm-capture.ts';

/** Seconds between two polls of a stream that is being connected. */
const CONNECT_SECONDS = 3;

/**
 * Arms capture on the source before the first segment is read, so that every change made during the copy is journalled.
 * A table that no migration has created may not be connected to its stream readers yet.
 * @throws as `armCapture`
 */
export const armSourceCapture = async (ports: Ports, migration: Migration) => {
  const { table } = migration.source;
  const since = migration.stages.provision?.startedAt ?? migration.requestedAt;
  const isRead = await ports.streamReaders.connect(table);
  if (!isRead && ports.clock.now() - since <= ports.settings.maxProvisionMs)
    return { armed: false, waitSeconds: armPollSeconds(ports, since, CONNECT_SECONDS) };
  return armCapture(ports, migration, { side: 'source', table, since });
};
