import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { dynamoClient } from '../../functions/aws/client.ts';
import { tableName } from '../../functions/migration/names.ts';
import { rollbackMigration } from '../../functions/migration/operator/rollback-migration.ts';
import { requestMigration } from '../../functions/migration/requests/request-migration.ts';
import { routedClient, type TenantKeys, TenantRouter } from '../../functions/router/router.ts';
import type { Stack } from '../../scripts/local/stack.ts';
import { createTierTables } from '../../scripts/local/tier-tables.ts';
import { RecordingHandler } from '../support/recorded-calls.ts';
import { SHORT_WAITS } from '../support/short-waits.ts';
import { addTenant, ended, itemsOf, untilFlipped } from '../support/tenants.ts';
import { startTestStack } from '../support/test-stack.ts';
import { until } from '../support/until.ts';
import { APPLICATIONS, type Wrap } from './applications.ts';

/*
 * The five applications of docs/examples, each of which uses a library in that library's own style and knows nothing of
 * Tierferry. Each runs its own tests with an unwrapped client on one table, with a routed client, and with a routed client
 * again and again while its district is moved to another table and rolled back. Only the client differs.
 */

const TABLE = 'school-data';
const KEYS: TenantKeys = {
  partitionKey: 'tenantId',
  sortKey: 'entityKey',
  template: '{tenant}',
  indexes: { gsi1: { partitionKey: 'gsi1pk', template: 'TENANT#{tenant}#STUDENT#{rest}' } },
};
const NEIGHBOUR = 'neighbour';
const ITEMS = 100;
/** Pause between two tests of an application, in ms. The migrations run in the same process. */
const PAUSE_MS = 150;
/** Operations that the tests of each application use. */
const OPERATIONS = [
  'GetItem',
  'PutItem',
  'UpdateItem',
  'DeleteItem',
  'Query',
  'BatchGetItem',
  'BatchWriteItem',
  'TransactWriteItems',
];
const attribute = (name: string) => ({ name, type: 'S' as const });

let stack: Stack;
let router: TenantRouter;
/** The districts with the items that they had before the applications used them, by name. */
const districts = new Map<string, Awaited<ReturnType<typeof addTenant>>>();

beforeAll(async () => {
  stack = await startTestStack({
    countsSchools: false,
    overrides: { waits: SHORT_WAITS },
    settings: {
      tableDesign: {
        indexes: [{ name: 'gsi1', partitionKey: attribute('gsi1pk'), sortKey: attribute('gsi1sk') }],
        streamView: 'NEW_AND_OLD_IMAGES',
        pointInTimeRecovery: true,
        deletionProtection: false,
      },
      // all districts are moved at once, so that they wait for leases at the same time
      admission: { perSource: APPLICATIONS.length, perTarget: APPLICATIONS.length },
      // half of a lease is enough for a request, also on a busy machine
      leaseMs: 6_000,
      cutoverLeaseMs: 5_000,
      maxFenceMs: 60_000,
    },
  });
  await createTierTables(stack);
  const { ports } = stack;
  await ports.tables.create(tableName(TABLE), ports.settings.tableDesign);
  await until('the table of the applications', async () => {
    return (await ports.tables.describe(tableName(TABLE)))?.status === 'ACTIVE';
  });
  districts.set(NEIGHBOUR, await addTenant(ports, { tenantId: NEIGHBOUR, tier: 'premium', items: 5 }));
  for (const { name } of APPLICATIONS)
    districts.set(name, await addTenant(ports, { tenantId: name, items: ITEMS }));
  router = new TenantRouter({ client: dynamoClient(stack.client), maxWriteWaitMs: 120_000 });
});
afterAll(() => stack?.stop());

const seeded = (name: string) => {
  const district = districts.get(name);
  if (!district) throw new Error(`there is no district ${name}`);
  return district;
};

const unwrapped: Wrap = (client) => client;

const routed: Wrap = (client) => routedClient(client, { table: TABLE, keys: KEYS, router });

/** Configures a client whose calls are recorded. */
const recorded = () => {
  const requestHandler = new RecordingHandler();
  return {
    config: { ...stack.client, requestHandler },
    calls: requestHandler.calls,
    /** Returns the tables of the calls, sorted. */
    tables: () => [...new Set(requestHandler.calls.flatMap((call) => call.tables))].sort(),
  };
};

/** Runs the tests of an application again and again. */
const repeatTests = (tests: Readonly<Record<string, () => Promise<void>>>) => {
  const failed: string[] = [];
  let runs = 0;
  let isStopped = false;
  const runOnce = async () => {
    for (const [name, run] of Object.entries(tests)) {
      await run().catch((error) => failed.push(`${name}: ${error}`));
      await sleep(PAUSE_MS);
    }
    runs += 1;
  };
  const running = (async () => {
    while (!isStopped) await runOnce();
  })();
  return {
    failed,
    /** Returns once a run that began after this call has ended, or a test has failed. */
    untilRun: async () => {
      const before = runs;
      await until('all tests of an application', () => failed.length > 0 || runs > before + 1);
      expect(failed).toEqual([]);
    },
    stop: async () => {
      isStopped = true;
      await running;
    },
  };
};

test.each(APPLICATIONS)(
  'the tests of $name pass with an unwrapped client',
  async ({ name, ...application }) => {
    const { config, calls, tables } = recorded();
    for (const run of Object.values(application.tests(config, unwrapped, name, NEIGHBOUR))) await run();
    expect(tables()).toEqual([TABLE]);
    expect(calls.map(({ operation }) => operation)).toEqual(expect.arrayContaining(OPERATIONS));
  },
);

test.each(APPLICATIONS)('the tests of $name pass with a routed client', async ({ name, ...application }) => {
  const { config, tables } = recorded();
  for (const run of Object.values(application.tests(config, routed, name, NEIGHBOUR))) await run();
  expect(tables()).toEqual([seeded(name).table, seeded(NEIGHBOUR).table].sort());
});

/** Returns an error, and the errors that it wraps in the way of its library. */
const withCauses = (error: unknown): object[] => {
  if (typeof error !== 'object' || error === null) return [];
  const context = 'context' in error && typeof error.context === 'object' ? error.context : undefined;
  return [
    error,
    ...withCauses('cause' in error ? error.cause : undefined),
    ...withCauses(context && 'err' in context ? context.err : undefined),
  ];
};

test.each(APPLICATIONS)('a scan of $name is refused, and the application learns why', async (application) => {
  const { config, calls } = recorded();
  expect(await application.scan(config, unwrapped)).toBeDefined();
  expect(calls.splice(0)).toEqual([{ operation: 'Scan', tables: [TABLE] }]);
  const error: unknown = await application.scan(config, routed).catch((thrown) => thrown);
  expect(withCauses(error)).toContainEqual(
    expect.objectContaining({
      name: 'UnroutableRequest',
      reason: 'scan',
      message: expect.stringContaining('scan'),
    }),
  );
  expect(calls).toEqual([]);
});

test.concurrent.each(APPLICATIONS)(
  'the tests of $name pass while its district is moved and rolled back',
  async ({ name, ...application }) => {
    const { ports } = stack;
    const { tenantId, table: source, items } = seeded(name);
    const { config, calls, tables } = recorded();
    const repeated = repeatTests(application.tests(config, routed, name, NEIGHBOUR));
    /** Runs all tests at least once, and returns the tables of their requests. */
    const tablesUsed = async () => {
      calls.splice(0);
      await repeated.untilRun();
      return tables();
    };
    const { table: neighbours } = seeded(NEIGHBOUR);
    try {
      expect(await tablesUsed()).toEqual([source, neighbours].sort());
      const { migrationId } = await requestMigration(ports, {
        tenantId,
        toTier: 'advanced',
        holdMs: 3_600_000,
        requestedBy: 'test',
        reason: 'test',
      });
      await untilFlipped(ports, migrationId);
      const target = (await ports.routes.get(tenantId))?.table;
      if (!target) throw new Error('the district has no route');
      expect(target).not.toBe(source);
      expect(await tablesUsed()).toEqual([target, neighbours].sort());
      await rollbackMigration(ports, migrationId, { by: 'test', reason: 'test' });
      expect((await ended(ports, migrationId)).status).toBe('rolledBack');
      expect(await tablesUsed()).toEqual([source, neighbours].sort());
      await repeated.stop();
      expect(await itemsOf(ports, tenantId, target)).toEqual([]);
    } finally {
      await repeated.stop();
    }
    expect(repeated.failed).toEqual([]);
    // each test deletes what it has written, so that a write that was lost or made twice leaves a trace
    expect(await itemsOf(ports, tenantId, source)).toEqual(items);
  },
);

test('the district that was not moved has the items that it had', async () => {
  const { tenantId, table, items } = seeded(NEIGHBOUR);
  expect(await itemsOf(stack.ports, tenantId, table)).toEqual(items);
});
