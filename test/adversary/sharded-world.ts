import {
  entityKey,
  type MigrationId,
  type TableName,
  type TenantId,
  tableName,
} from '../../functions/migration/names.ts';
import type { Ports } from '../../functions/migration/ports.ts';
import { requestMigration } from '../../functions/migration/requests/request-migration.ts';
import type { Settings } from '../../functions/migration/settings/settings.ts';
import { startPlantedStack } from '../support/planted-stack.ts';
import { ShardedStreams } from '../support/shards/sharded-streams.ts';
import { addTenant, untilFlipped } from '../support/tenants.ts';
import { until } from '../support/until.ts';

export const TARGET = tableName('saas-tenant-data-advanced');
export const KEY = 'STUDENT#000050';
export const OTHER = 'STUDENT#000051';
const LONG_HOLD_MS = 600_000;
export const said = { by: 'ops', reason: 'test' };

export const withSettings =
  (settings: Partial<Settings>) =>
  (ports: Ports): Ports => ({ ...ports, settings: { ...ports.settings, ...settings } });

export type ShardedWorld = Awaited<ReturnType<typeof startShardedWorld>>;

/** Starts a stack with shards that a test can hold, and without full comparisons under the fence. */
export const startShardedWorld = async () => {
  const shards = new ShardedStreams({ seed: 1 });
  const stack = await startPlantedStack(
    { fencedComparisonMs: 0, captureMs: 3_000, maxProofMs: 1_000 },
    { shards },
  );
  const { ports } = stack;
  const request = (tenantId: TenantId, more: { holdCutover?: boolean } = {}) =>
    requestMigration(ports, {
      tenantId,
      toTier: 'advanced',
      holdMs: LONG_HOLD_MS,
      requestedBy: 'test',
      reason: 'test',
      ...more,
    });
  return {
    stack,
    shards,
    request,
    /** Puts an item with this value, or deletes it. */
    write: (tenantId: TenantId, table: TableName, key: string, value: string | undefined) =>
      ports.partition(tenantId).write(table, {
        puts:
          value === undefined
            ? []
            : [{ tenantId: { S: tenantId }, entityKey: { S: key }, value: { S: value } }],
        deletes: value === undefined ? [entityKey(key)] : [],
      }),
    valueIn: async (tenantId: TenantId, table: TableName, key: string) =>
      (await ports.partition(tenantId).get(table, [entityKey(key)]))[0]?.value?.S,
    untilHeld: (migrationId: MigrationId) =>
      until('the comparison before a held cutover', async () => {
        const found = await ports.migrations.get(migrationId);
        return found?.cutoverHeld && found.comparison?.ended !== undefined;
      }),
    /** Migrates a new tenant until it has flipped and was compared with the kept source. */
    flipped: async (tenantId: string) => {
      const tenant = await addTenant(ports, { tenantId, items: 60 });
      const { migrationId } = await request(tenant.tenantId);
      await untilFlipped(ports, migrationId);
      await until(
        'the comparison with the kept source',
        async () => (await ports.migrations.get(migrationId))?.keptComparedAt,
      );
      return { ...tenant, migrationId };
    },
  };
};
