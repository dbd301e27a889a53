import { advance } from '../advance.ts';
import type { Migration } from '../migration.ts';
import { epochMs } from '../names.ts';
import type { Ports } from '../ports.ts';
import { currentRoute } from './current-route.ts';
import { fence, reopen } from './route.ts';

const MS = 1_000;

/**
 * Closes the tenant to writes and says how long routers may still use the route they have. A fence left by an earlier
 * try is opened first: each fence has the whole of `maxFenceMs`, and none is ever extended (I5).
 */
export const fenceWrites = async (ports: Ports, migration: Migration): Promise<{ waitSeconds: number }> => {
  const { migrationId, source } = migration;
  const found = await currentRoute(ports, migration);
  const open = reopen(found, { migrationId, leaseMs: found.leaseMs });
  if (open !== found) await ports.routes.compareAndSet(found, open);
  const now = ports.clock.now();
  const fenced = fence(open, {
    migrationId,
    source: source.table,
    deadline: epochMs(now + ports.settings.maxFenceMs),
  });
  await ports.routes.compareAndSet(open, fenced);
  const status = await advance(ports, migration, 'cuttingOver', 'writes fenced', { fencedAt: now });
  if (status === migration) await ports.migrations.update(migration, { fencedAt: now });
  return { waitSeconds: Math.ceil(open.leaseMs / MS) };
};
