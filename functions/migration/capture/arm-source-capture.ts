import type { Migration } from '../migration.ts';
import type { Ports } from '../ports.ts';
import { armCapture, armPollSeconds } from './arm-capture.ts';

/** Seconds between two looks at a stream that is being connected. */
const CONNECT_SECONDS = 3;

/**
 * Before the first segment is read: a change that comes during the copy is noted. A table that somebody else than a
 * migration has created may not be connected to its readers yet. @throws as `armCapture`
 */
export const armSourceCapture = async (ports: Ports, migration: Migration) => {
  const { table } = migration.source;
  const since = migration.stages.provision?.startedAt ?? migration.requestedAt;
  const isRead = await ports.streamReaders.connect(table);
  if (!isRead && ports.clock.now() - since <= ports.settings.maxProvisionMs)
    return { armed: false, waitSeconds: armPollSeconds(ports, since, CONNECT_SECONDS) };
  return armCapture(ports, migration, { side: 'source', table, since });
};
