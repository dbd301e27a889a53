import {
  DeleteItemCommand,
  DynamoDBClient,
  PutItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Item, keyOf } from '../../functions/migration/items/items.ts';
import { isSentinel } from '../../functions/migration/items/sentinel.ts';
import { entityKey, type TenantId, tableName } from '../../functions/migration/names.ts';
import type { Partition } from '../../functions/migration/partition/partition-port.ts';
import type { Ports } from '../../functions/migration/ports.ts';
import { requestMigration } from '../../functions/migration/requests/request-migration.ts';
import type { TenantOperation } from '../../functions/router/routing.ts';
import { TenantRouter } from '../../functions/router/tenant-router.ts';
import { type PlantedStack, startPlantedStack } from '../support/planted-stack.ts';
import { addTenant, ended, itemsOf } from '../support/tenants.ts';
import { until } from '../support/until.ts';
import { writeInLease } from '../support/write-in-lease.ts';

const TARGET = tableName('saas-tenant-data-advanced');

let stack: PlantedStack;
let client: DynamoDBClient;
let router: TenantRouter;
beforeAll(async () => {
  stack = await startPlantedStack(
    { leaseMs: 400, cutoverLeaseMs: 200, leaseGraceMs: 50, fencedComparisonMs: 5_000 },
    // as long as the leases take: each poll is a run of three states
    { overrides: { waits: { WaitForLongLeases: 150, Hold: 300 } } },
  );
  client = new DynamoDBClient(stack.client);
  router = new TenantRouter({ client, maxWriteWaitMs: 30_000 });
});
afterAll(async () => {
  client?.destroy();
  await stack?.stop();
});

type Act = () => Promise<void>;
/** Ports whose partition does something at one call. */
const onPartition =
  (change: (partition: Partition) => Partial<Partition>) =>
  (ports: Ports): Ports => ({
    ...ports,
    partition: (tenantId) => {
      const partition = ports.partition(tenantId);
      return { ...partition, ...change(partition) };
    },
  });
const once = (act: Act): Act => {
  let done = false;
  return async () => {
    if (done) return;
    done = true;
    await act();
  };
};

/**
 * The point of the migration at which the application writes. `waits`: under the fence, so the write runs after the
 * flip.
 */
const POINTS: readonly { readonly at: string; readonly waits?: true; plant(act: Act): void }[] = [
  {
    at: 'before the segment is read for the copy',
    plant: (act) => stack.before('CopySegment', act),
  },
  {
    at: 'between the reading of a page and the writing of its copy',
    plant: (act) => {
      const acts = once(act);
      stack.alter(
        'CopySegment',
        onPartition((partition) => ({
          async read(...given) {
            const page = await partition.read(...given);
            await acts();
            return page;
          },
        })),
      );
    },
  },
  { at: 'between copy and apply', plant: (act) => stack.before('ApplyJournal', act) },
  {
    at: 'between the reading of both sides and the writing in an apply',
    plant: (act) => {
      const acts = once(act);
      // something to apply, so that this moment exists
      stack.before('ApplyJournal', async () => {
        await put('touched', '0');
        await until('the change in the journal', async () => {
          const migrationId = await stack.ports.migrations.latest(tenant);
          if (!migrationId) return false;
          const journalled = await stack.ports.journal.journalledAmong(migrationId, 'source', [
            entityKey('touched'),
          ]);
          return journalled.size > 0;
        });
      });
      stack.alter(
        'ApplyJournal',
        onPartition((partition) => ({
          async get(...given) {
            const found = await partition.get(...given);
            await acts();
            return found;
          },
        })),
      );
    },
  },
  {
    at: 'between the readings of the two sides in a comparison',
    plant: (act) => {
      const acts = once(act);
      stack.alter(
        'CompareSegment',
        onPartition((partition) => ({
          async read(table, ...given) {
            if (table === TARGET) await acts();
            return partition.read(table, ...given);
          },
        })),
      );
    },
  },
  { at: 'right before the fence', plant: (act) => stack.before('CutOver', act) },
  {
    at: 'under the fence, with a lease from before it',
    plant: (act) => {
      const acts = once(act);
      stack.alter('CutOver', (ports) => ({
        ...ports,
        migrations: {
          ...ports.migrations,
          async transition(...given) {
            const next = await ports.migrations.transition(...given);
            if (given[1] === 'cuttingOver') await acts();
            return next;
          },
        },
      }));
      // a caller that asks right before the fence has a lease for some time
      stack.before('CutOver', () => router.read(tenant, async () => undefined));
    },
  },
  {
    at: 'in the drain, when the sentinels are put',
    waits: true,
    plant: (act) => {
      const acts = once(act);
      stack.alter(
        'CutOver',
        onPartition((partition) => ({
          async write(table, batch, signal) {
            if (batch.puts.some((item) => isSentinel(keyOf(item)))) await acts();
            return partition.write(table, batch, signal);
          },
        })),
      );
    },
  },
  {
    at: 'in the verification under the fence',
    waits: true,
    plant: (act) => {
      const acts = once(act);
      stack.alter(
        'CutOver',
        onPartition((partition) => ({
          async read(...given) {
            await acts();
            return partition.read(...given);
          },
        })),
      );
    },
  },
  {
    at: 'while the flip is being sent',
    waits: true,
    plant: (act) => {
      const acts = once(act);
      stack.alter('CutOver', (ports) => ({
        ...ports,
        migrations: {
          ...ports.migrations,
          async transition(...given) {
            if (given[1] === 'holding') await acts();
            return ports.migrations.transition(...given);
          },
        },
      }));
    },
  },
  { at: 'right after the flip', plant: (act) => stack.before('ConfirmRegistry', act) },
  { at: 'before the kept source is compared', plant: (act) => stack.before('CompareKeptSegment', act) },
  { at: 'before the source is deleted', plant: (act) => stack.before('CleanUpSegment', act) },
];

let tenant: TenantId;
const itemKey = (key: string) => ({ tenantId: { S: tenant }, entityKey: { S: key } });
const write = (operation: TenantOperation<void>): Promise<void> =>
  writeInLease(() => router.write(tenant, operation));
const put = (key: string, value: string) =>
  write(async (TableName, { signal: abortSignal }) => {
    await client.send(new PutItemCommand({ TableName, Item: { ...itemKey(key), value: { S: value } } }), {
      abortSignal,
    });
  });
const remove = (key: string) =>
  write(async (TableName, { signal: abortSignal }) => {
    await client.send(new DeleteItemCommand({ TableName, Key: itemKey(key) }), { abortSignal });
  });
const update = (key: string) =>
  write(async (TableName, { signal: abortSignal }) => {
    const input = {
      TableName,
      Key: itemKey(key),
      UpdateExpression: 'SET #v = :v',
      // an update finds what was written before, or what an earlier try of it has written
      ConditionExpression: '#v IN (:before, :v)',
      ExpressionAttributeNames: { '#v': 'value' },
      ExpressionAttributeValues: { ':v': { S: 'updated' }, ':before': { S: 'first' } },
    };
    await client.send(new UpdateItemCommand(input), { abortSignal });
  });

/** Writes, each on a key of its own, with the item before it and the expected item at the end. */
const WRITES = [
  { what: 'a put of a new key', key: 'NEW', before: undefined, after: 'put', write: () => put('NEW', 'put') },
  { what: 'an update', key: 'UPDATED', before: 'first', after: 'updated', write: () => update('UPDATED') },
  { what: 'a delete', key: 'DELETED', before: 'first', after: undefined, write: () => remove('DELETED') },
  {
    what: 'a delete, then a put',
    key: 'REPLACED',
    before: 'first',
    after: 'again',
    write: async () => {
      await remove('REPLACED');
      await put('REPLACED', 'again');
    },
  },
] as const;

describe.each(POINTS)('written $at', ({ at, waits, plant }) => {
  let found: ReadonlyMap<string, Item>;
  let hasActed = false;

  beforeAll(async () => {
    const { ports } = stack;
    const id = `point-${POINTS.findIndex((point) => point.at === at)}`;
    const { tenantId, table, items } = await addTenant(ports, { tenantId: id, items: 30 });
    tenant = tenantId;
    for (const { key, before } of WRITES) if (before !== undefined) await put(key, before);
    let writes: Promise<unknown> = Promise.resolve();
    plant(async () => {
      hasActed = true;
      writes = Promise.all(WRITES.map(({ write }) => write()));
      // under the fence they wait for the flip, which does not wait for them
      if (!waits) await writes;
      writes.catch(() => undefined);
    });
    const request = { tenantId, toTier: 'advanced', holdMs: 0, requestedBy: 'test', reason: 'test' };
    const { migrationId } = await requestMigration(ports, request);
    const migration = await ended(ports, migrationId);
    stack.alter();
    await writes;
    expect(migration.failure).toBeUndefined();
    expect(migration.status).toBe('completed');
    const all = await itemsOf(ports, tenantId, TARGET);
    found = new Map(all.map((item) => [item.entityKey?.S ?? '', item]));
    for (const item of items) expect(found.get(item.entityKey?.S ?? '')).toEqual(item);
    expect(await itemsOf(ports, tenantId, table)).toEqual([]);
    expect(all.filter((item) => isSentinel(keyOf(item)))).toEqual([]);
  });

  test.each(WRITES)('$what is there at the end, and nothing else', ({ key, after }) => {
    expect(hasActed).toBe(true);
    expect(found.get(key)?.value?.S).toBe(after);
  });
});
