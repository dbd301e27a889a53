import { DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Unavailable } from '../../functions/migration/errors.ts';
import { keyOf } from '../../functions/migration/items/items.ts';
import { entityKey, type TenantId } from '../../functions/migration/names.ts';
import type { Ports } from '../../functions/migration/ports.ts';
import { requestMigration } from '../../functions/migration/requests/request-migration.ts';
import { TenantRouter } from '../../functions/router/tenant-router.ts';
import { type PlantedStack, startPlantedStack } from '../support/planted-stack.ts';
import { addTenant, ended, untilFlipped } from '../support/tenants.ts';
import { until } from '../support/until.ts';
import { writeInLease } from '../support/write-in-lease.ts';

/** Time for which a write without an answer may still take effect, in ms; 16 minutes by default. */
const LATE_MS = 2_500;
const KEY = entityKey('STUDENT#000010');

let stack: PlantedStack;
let client: DynamoDBClient;
let router: TenantRouter;
beforeAll(async () => {
  stack = await startPlantedStack({ lateCallMs: LATE_MS, leaseMs: 600, cutoverLeaseMs: 200 });
  client = new DynamoDBClient(stack.client);
  router = new TenantRouter({ client, maxWriteWaitMs: 30_000 });
});
afterAll(async () => {
  client?.destroy();
  await stack?.stop();
});

const keyItem = (tenantId: TenantId) => ({ tenantId: { S: tenantId }, entityKey: { S: KEY } });
const put = (tenantId: TenantId, value: string): Promise<void> =>
  writeInLease(() =>
    router.write(tenantId, async (TableName, { signal: abortSignal }) => {
      const Item = { ...keyItem(tenantId), value: { S: value } };
      await client.send(new PutItemCommand({ TableName, Item }), { abortSignal });
    }),
  );
const read = (tenantId: TenantId): Promise<string | undefined> =>
  router.read(tenantId, async (TableName) => {
    const request = new GetItemCommand({ TableName, Key: keyItem(tenantId), ConsistentRead: true });
    return (await client.send(request)).Item?.value?.S;
  });

/** A write that its caller has given up, and that may still reach the table. */
interface GivenUp {
  readonly at: number;
  readonly arrive: () => Promise<unknown>;
}

/** Leaves the first batch that puts the key without an answer. The caller's next try succeeds. */
const givingUp =
  (tell: (write: GivenUp) => void) =>
  (ports: Ports): Ports => ({
    ...ports,
    partition: (tenantId) => {
      const partition = ports.partition(tenantId);
      return {
        ...partition,
        async write(table, batch, signal) {
          if (!batch.puts.some((item) => keyOf(item) === KEY)) return partition.write(table, batch, signal);
          tell({ at: Date.now(), arrive: () => partition.write(table, batch) });
          throw new Unavailable('planted: read ECONNRESET');
        },
      };
    },
  });

test.each([
  { state: 'CatchUp' },
  // the write of the cutover's own drain, given up under the fence
  { state: 'CutOver' },
])(
  'F13: a put that $state gave up overwrites nothing that the application wrote after the flip',
  async ({ state }) => {
    const { ports } = stack;
    const { tenantId } = await addTenant(ports, { tenantId: `late-${state.toLowerCase()}`, items: 50 });
    let write: GivenUp | undefined;
    const plant = givingUp((one) => {
      write = one;
      stack.alter();
    });
    stack.alter(state, plant);
    const change = async () => {
      await put(tenantId, 'v1');
      const migrationId = await ports.migrations.latest(tenantId);
      if (migrationId)
        await until('the change in the journal', async () =>
          (await ports.journal.journalledAmong(migrationId, 'source', [KEY])).has(KEY),
        );
    };
    stack.before(state, change);
    const { migrationId } = await requestMigration(ports, {
      ...{ tenantId, toTier: 'advanced', holdMs: 0 },
      ...{ requestedBy: 'test', reason: 'test' },
    });
    const seen = await until('a note of the write that was given up, or the flip', async () => {
      const now = await ports.migrations.get(migrationId);
      return (now?.flippedAt ?? now?.lateCallsOutAt) === undefined ? undefined : now;
    });
    const isNoted = seen.flippedAt === undefined;
    // DynamoDB refuses a request that arrives after that time
    if (isNoted && Date.now() < Number(write?.at) + LATE_MS) await write?.arrive();
    await untilFlipped(ports, migrationId);
    await put(tenantId, 'v2');
    if (!isNoted) await write?.arrive();
    expect(write).toBeDefined();
    expect(await read(tenantId)).toBe('v2');
    expect((await ended(ports, migrationId)).status).toBe('completed');
  },
);
