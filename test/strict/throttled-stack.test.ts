import { setTimeout as sleep } from 'node:timers/promises';
import { CreateBackupCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Throttled } from '../../functions/migration/errors.ts';
import type { Item } from '../../functions/migration/items/items.ts';
import type { TableName, TenantId } from '../../functions/migration/names.ts';
import type { Partition } from '../../functions/migration/partition/partition-port.ts';
import { requestMigration } from '../../functions/migration/requests/request-migration.ts';
import type { Stack } from '../../scripts/local/stack.ts';
import { addTenant, ended, itemsOf } from '../support/tenants.ts';
import { startStrictStack } from '../support/test-stack.ts';
import { until } from '../support/until.ts';

/** Each item takes two write units, and so does its entry in the index. */
const ITEMS = 240;

let stack: Stack;
beforeAll(async () => {
  stack = await startStrictStack({
    scale: 50,
    dynamodb: { partitionWriteUnits: 60, partitionReadUnits: 120 },
  });
});
afterAll(() => stack.stop());

const itemsFor = (tenantId: TenantId): Item[] =>
  Array.from({ length: ITEMS }, (_, n) => ({
    tenantId: { S: tenantId },
    entityKey: { S: `STUDENT#${String(n).padStart(4, '0')}` },
    entityType: { S: 'STUDENT' },
    tenantEntityType: { S: `${tenantId}#STUDENT` },
    note: { S: 'x'.repeat(1_500) },
  }));

/**
 * Writes the items as fast as their partition accepts them. @returns the number of calls that were accepted in part.
 */
const writeAll = async (partition: Partition, table: TableName, items: readonly Item[]): Promise<number> => {
  let throttles = 0;
  let left = items;
  while (left.length > 0) {
    const [batch, rest] = [left.slice(0, 25), left.slice(25)];
    const unprocessed = await partition.write(table, { puts: batch, deletes: [] }).then(
      (done) => done.unprocessed.puts,
      (error: unknown) => {
        if (error instanceof Throttled) return batch;
        throw error;
      },
    );
    left = [...unprocessed, ...rest];
    if (unprocessed.length === 0) continue;
    throttles += 1;
    await sleep(100);
  }
  return throttles;
};

/** Reads once the partition has units. */
const read = (items: () => Promise<Item[]>): Promise<Item[]> =>
  until('units to read with', () =>
    items().catch((error: unknown) => {
      if (error instanceof Throttled) return undefined;
      throw error;
    }),
  );

test('a tenant whose partitions allow few units moves into a dedicated table, clean-up included', async () => {
  const { ports } = stack;
  const { tenantId, table } = await addTenant(ports, { tenantId: 'throttled', items: 0, schools: 0 });
  const items = itemsFor(tenantId);
  // the target's partitions allow no more units than the source's
  expect(await writeAll(ports.partition(tenantId), table, items)).toBeGreaterThan(0);
  const request = { tenantId, toTier: 'enterprise', requestedBy: 'test', reason: 'test' };
  const migration = await ended(ports, (await requestMigration(ports, request)).migrationId);
  expect(migration.failure).toBeUndefined();
  expect(migration.status).toBe('completed');
  const target = 'saas-tenant-data-enterprise-throttled' as TableName;
  expect(migration.target.table).toBe(target);
  expect(await read(() => itemsOf(ports, tenantId, target))).toEqual(items);
  expect(await read(() => itemsOf(ports, tenantId, table))).toEqual([]);
});

test('the same rules apply to a client in another process', async () => {
  const { env } = stack;
  const client = new DynamoDBClient({
    endpoint: env.AWS_ENDPOINT_URL_DYNAMODB ?? '',
    region: env.AWS_REGION ?? '',
    credentials: { accessKeyId: env.AWS_ACCESS_KEY_ID ?? '', secretAccessKey: 'local' },
  });
  const backup = new CreateBackupCommand({ TableName: 'no-such-table', BackupName: 'backup' });
  // the engine has no such operation
  await expect(client.send(backup)).rejects.toMatchObject({ name: 'TableNotFoundException' });
  client.destroy();
});
