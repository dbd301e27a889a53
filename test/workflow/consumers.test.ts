import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, expect, test } from 'vitest';
import * as z from 'zod';
import { keyOf } from '../../functions/migration/items/items.ts';
import type { TenantId } from '../../functions/migration/names.ts';
import { requestMigration } from '../../functions/migration/requests/request-migration.ts';
import {
  isTierferrySentinel,
  SENTINEL_ATTRIBUTE,
  TenantRouter,
} from '../../functions/router/tenant-router.ts';
import type { Stack } from '../../scripts/local/stack.ts';
import { createTierTables } from '../../scripts/local/tier-tables.ts';
import { SHORT_WAITS } from '../support/short-waits.ts';
import { addTenant, ended, itemsOf, putAll } from '../support/tenants.ts';
import { startTestStack } from '../support/test-stack.ts';
import { until } from '../support/until.ts';

/*
 * Tests what docs/adopt/stream-consumers.md says of a completed migration: a record is news that a key has changed, and the
 * clean-up's deletions are not the application's.
 */

const Image = z.record(z.string(), z.unknown()).optional();
const Text = z.object({ S: z.string() });
const StreamEvent = z.object({
  Records: z.array(
    z.object({
      eventName: z.enum(['INSERT', 'MODIFY', 'REMOVE']),
      eventSourceARN: z.string(),
      userIdentity: z.unknown().optional(),
      dynamodb: z.object({
        Keys: z.object({ tenantId: Text, entityKey: Text }),
        NewImage: Image,
        OldImage: Image,
      }),
    }),
  ),
});
type StreamRecord = z.output<typeof StreamEvent>['Records'][number];

const records: StreamRecord[] = [];
/** Work of the application that runs once before a state's handler. */
const before = new Map<string, () => Promise<void>>();

let stack: Stack;
let client: DynamoDBClient;
let router: TenantRouter;
beforeAll(async () => {
  stack = await startTestStack({
    settings: { pageItems: 20, leaseMs: 1_000, cutoverLeaseMs: 200, leaseGraceMs: 5, holdMs: 0 },
    countsSchools: false,
    overrides: { waits: SHORT_WAITS },
    wrapHandler: (state, run) => async (ports, event, context) => {
      if (state === 'CaptureChanges') records.push(...StreamEvent.parse(event).Records);
      const act = before.get(state);
      before.delete(state);
      await act?.();
      return run(ports, event, context);
    },
  });
  await createTierTables(stack);
  client = new DynamoDBClient(stack.client);
  router = new TenantRouter({ client });
});
afterAll(async () => {
  client?.destroy();
  await stack?.stop();
});

/** Writes as the application does, in the live table. */
const write = async (tenantId: TenantId, key: string, note: string): Promise<void> => {
  const route = await stack.ports.routes.get(tenantId);
  if (!route) throw new Error('the tenant has no route');
  await putAll(stack.ports, tenantId, route.table, [
    { tenantId: { S: tenantId }, entityKey: { S: key }, note: { S: note } },
  ]);
};

/** A consumer that takes records for changes of the tenant's data. */
const asChanges = (): Set<string> => {
  const documents = new Set<string>();
  for (const { eventName, dynamodb } of records) {
    const key = dynamodb.Keys.entityKey.S;
    if (eventName === 'REMOVE') documents.delete(key);
    else documents.add(key);
  }
  return documents;
};

/** A consumer of that page: it reads each changed key in the table where the tenant lives. */
const asNews = async (): Promise<Map<string, unknown>> => {
  const documents = new Map<string, unknown>();
  for (const { dynamodb } of records) {
    if (isTierferrySentinel(dynamodb.Keys)) continue;
    const { tenantId, entityKey } = dynamodb.Keys;
    const { Item } = await router.read(tenantId.S, (TableName, { signal }) =>
      client.send(new GetItemCommand({ TableName, Key: { tenantId, entityKey }, ConsistentRead: true }), {
        abortSignal: signal,
      }),
    );
    if (Item) documents.set(entityKey.S, Item);
    else documents.delete(entityKey.S);
  }
  return documents;
};

test('a consumer that reads changed keys through the router keeps every document during a migration; one that takes the clean-up for deletions loses them', async () => {
  const { ports } = stack;
  const { tenantId, table, items } = await addTenant(ports, { tenantId: 'searched', items: 60 });
  before.set('CatchUp', () => write(tenantId, 'STUDENT#000040', 'changed while it moves'));
  before.set('CheckHold', () => write(tenantId, 'STUDENT#new', 'added after the flip'));
  const { migrationId } = await requestMigration(ports, {
    tenantId,
    toTier: 'advanced',
    requestedBy: 'test',
    reason: 'test',
  });
  expect((await ended(ports, migrationId)).status).toBe('completed');
  const isOf = ({ eventSourceARN }: StreamRecord) => eventSourceARN.includes(`/${table}/`);
  const own = () => records.filter(({ dynamodb }) => !isTierferrySentinel(dynamodb.Keys));
  // the two streams have no order between them
  await until(
    "the clean-up's deletions and the new item to come through their streams",
    () =>
      own().filter((one) => isOf(one) && one.eventName === 'REMOVE').length >= items.length &&
      own().some(({ dynamodb }) => dynamodb.Keys.entityKey.S === 'STUDENT#new'),
  );

  const live = await itemsOf(ports, tenantId, (await ports.routes.get(tenantId))?.table ?? table);
  expect(live).toHaveLength(items.length + 1);
  expect(await asNews()).toEqual(new Map(live.map((item) => [keyOf(item), item])));
  const lost = live.filter((item) => !asChanges().has(keyOf(item)));
  expect(lost, 'documents of items that the clean-up deleted from the source').toHaveLength(items.length);

  // the page's advice on recognising the records
  const sentinels = records.filter(({ dynamodb }) => isTierferrySentinel(dynamodb.Keys));
  expect(sentinels.length).toBeGreaterThan(0);
  const images = ({ dynamodb }: StreamRecord) => ({ ...dynamodb.OldImage, ...dynamodb.NewImage });
  expect(sentinels.filter((one) => !(SENTINEL_ATTRIBUTE in images(one)))).toEqual([]);
  expect(own().filter((one) => SENTINEL_ATTRIBUTE in images(one))).toEqual([]);
  expect(records.filter(({ userIdentity }) => userIdentity)).toEqual([]);
});
