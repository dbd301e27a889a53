import { afterAll, beforeAll, expect, test } from 'vitest';
import type { EntityKey, MigrationId } from '../../functions/migration/names.ts';
import type { Ports } from '../../functions/migration/ports.ts';
import { requestMigration } from '../../functions/migration/requests/request-migration.ts';
import { altered } from '../support/altered.ts';
import { type PlantedStack, startPlantedStack } from '../support/planted-stack.ts';
import { addTenant, ended } from '../support/tenants.ts';

let stack: PlantedStack;
beforeAll(async () => {
  stack = await startPlantedStack({ pageItems: 20, leaseMs: 2_000, cutoverLeaseMs: 1_000 });
});
afterAll(() => stack?.stop());

const boundaryOf = async (ports: Ports, migrationId: MigrationId): Promise<EntityKey | undefined> => {
  for await (const { range } of ports.segments.list(migrationId)) if (range.after) return range.after;
  return undefined;
};

test('a hot key at which a segment ends gets one sentinel, and the tenant moves', async () => {
  const { ports } = stack;
  const { tenantId } = await addTenant(ports, { tenantId: 'hot-boundary', items: 60 });
  let boundary: EntityKey | undefined;
  let hot: readonly EntityKey[] = [];
  stack.alter('CutOver', (own) => ({
    ...own,
    journal: altered(own.journal, {
      // the key returns at each poll until it counts as hot
      async entries(migrationId, side, limit) {
        boundary ??= await boundaryOf(own, migrationId);
        if (boundary !== undefined && side === 'source' && hot.length === 0)
          await own.journal.addEntries(migrationId, side, [{ key: boundary, sequence: 'planted' }]);
        return own.journal.entries(migrationId, side, limit);
      },
    }),
    migrations: altered(own.migrations, {
      async saveHotKeys(migrationId, keys) {
        hot = keys;
        await own.migrations.saveHotKeys(migrationId, keys);
      },
    }),
  }));
  const request = { tenantId, toTier: 'advanced', holdMs: 0, requestedBy: 'test', reason: 'test' };
  const { migrationId } = await requestMigration(ports, request);
  const { status, failure } = await ended(ports, migrationId);
  expect(hot).toContain(boundary);
  expect({ status, failure }).toEqual({ status: 'completed' });
});
