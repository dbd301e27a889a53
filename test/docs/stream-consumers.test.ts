import { expect, test } from 'vitest';
import type { ChangeRecord, Item } from '../../docs/examples/stream-consumers/change-record.ts';
import { followItem } from '../../docs/examples/stream-consumers/follow-item.ts';
import { type RouteClient, TenantRouter } from '../../functions/router/router.ts';
import { openRoute } from '../router/fake-routes-table.ts';

const record: ChangeRecord = {
  eventName: 'MODIFY',
  eventSourceARN: 'arn:aws:dynamodb:us-east-1:123456789012:table/basic/stream/1',
  dynamodb: { Keys: { tenantId: { S: 'abc' }, entityKey: { S: 'STUDENT#1' } } },
};
const version = (n: number): Item => ({ version: { N: String(n) } });

/** A table with one item, and a store that keeps what was stored last. */
const world = (first: Item | undefined, { hasRoute = true } = {}) => {
  const Route = hasRoute ? openRoute({ leaseMs: 300_000 }) : undefined;
  const routes = { send: async () => ({ $metadata: {}, Item: Route }) };
  const router = new TenantRouter({ client: routes });
  let item = first;
  const stored: (Item | undefined)[] = [];
  const asked: (string | undefined)[] = [];
  const client: RouteClient = {
    async send({ input: { TableName } }) {
      asked.push(TableName);
      return { $metadata: {}, Item: item && { ...item } };
    },
  };
  return {
    stored,
    /** Tables that were read. */
    asked,
    change: (to: Item | undefined) => {
      item = to;
    },
    follow: (beforeStore: () => Promise<void> = async () => {}) =>
      followItem(record, { client, router }, async (_, value) => {
        await beforeStore();
        stored.push(value);
      }),
  };
};

test('an item is stored once if nothing changes it meanwhile', async () => {
  const { follow, stored } = world(version(1));
  await follow();
  expect(stored).toEqual([version(1)]);
});

test('a function that was overtaken by another one does not leave the older value', async () => {
  const { follow, change, stored } = world(version(1));
  const overtaken = Promise.withResolvers<void>();
  const started = Promise.withResolvers<void>();
  const slow = follow(async () => {
    started.resolve();
    await overtaken.promise;
  });
  await started.promise;
  change(version(2));
  await follow();
  overtaken.resolve();
  await slow;
  expect(stored).toEqual([version(2), version(1), version(2)]);
});

test('an item that is deleted while its value is stored is not left behind', async () => {
  const { follow, change, stored } = world(version(1));
  await follow(async () => change(undefined));
  expect(stored).toEqual([version(1), undefined]);
});

test('the last record of a removed tenant deletes what was stored, and does not fail for want of a route', async () => {
  const { follow, stored } = world(undefined, { hasRoute: false });
  await follow();
  expect(stored).toEqual([undefined]);
});

test('an item of a tenant that is not registered yet is read in the table of its record', async () => {
  const { follow, stored, asked } = world(version(1), { hasRoute: false });
  await follow();
  expect(stored).toEqual([version(1)]);
  expect(new Set(asked)).toEqual(new Set(['basic']));
});
