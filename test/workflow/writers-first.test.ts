import { afterAll, beforeAll, expect, test } from 'vitest';
import { isSentinel } from '../../functions/migration/items/sentinel.ts';
import { requestMigration } from '../../functions/migration/requests/request-migration.ts';
import { type PlantedStack, startPlantedStack } from '../support/planted-stack.ts';
import { addTenant, ended } from '../support/tenants.ts';

let stack: PlantedStack;
beforeAll(async () => {
  stack = await startPlantedStack();
});
afterAll(() => stack.stop());

test('after the flip the cutover waits for longer than routers do, and deletes its sentinels then', async () => {
  const { ports } = stack;
  const { tenantId } = await addTenant(ports, { tenantId: 'waiting', items: 60 });
  const done: string[] = [];
  stack.alter('CutOver', (given) => ({
    ...given,
    clock: {
      now: () => given.clock.now(),
      monotonic: () => given.clock.monotonic(),
      sleep(ms, signal) {
        done.push(ms >= 100 ? 'waits' : 'looks again');
        return given.clock.sleep(ms, signal);
      },
    },
    migrations: {
      ...given.migrations,
      async transition(migration, to, ...more) {
        const moved = await given.migrations.transition(migration, to, ...more);
        done.push(to);
        return moved;
      },
    },
    partition: (tenant) => {
      const partition = given.partition(tenant);
      return {
        ...partition,
        write(table, batch, signal) {
          if (batch.deletes.some(isSentinel)) done.push('removes');
          return partition.write(table, batch, signal);
        },
      };
    },
  }));
  const { migrationId } = await requestMigration(ports, {
    tenantId,
    toTier: 'advanced',
    holdMs: 0,
    requestedBy: 'test',
    reason: 'test',
  });
  expect((await ended(ports, migrationId)).status).toBe('completed');
  expect(done.slice(done.indexOf('holding'))).toEqual(['holding', 'waits', 'removes', 'removes']);
});
