import { readdirSync, readFileSync } from 'node:fs';
import { GetItemCommand, type GetItemCommandOutput } from '@aws-sdk/client-dynamodb';
import { expect, test } from 'vitest';
import {
  TenantLeaseExpired,
  TenantRouter,
  type TenantRouterOptions,
  type TenantRouting,
} from '../../../functions/router/tenant-router.ts';
import { FEATURES, type Vector } from '../../../scripts/conformance/messages.ts';
import { readVectors } from '../../../scripts/conformance/read-vectors.ts';
import { runVectors } from '../../../scripts/conformance/run-vectors.ts';
import { SteppedDriver } from '../../../scripts/conformance/stepped-driver.ts';
import { readPages } from '../../docs/links.ts';
import { recordHistories } from './record-histories.ts';
import { FOLDER, fileOf, toText, WRITTEN } from './vectors.ts';

/* These tests check the vectors by Tierferry's own router. conformance.test.ts runs them over the router in Python, too. */

const vectors = readVectors(FOLDER);

/** Runs all vectors over a router that a test may change. */
const run = (makeRouter?: (options: TenantRouterOptions) => TenantRouting) => {
  const driver = new SteppedDriver(makeRouter);
  return runVectors(
    vectors,
    async (command) => {
      if (command.do === 'hello' || !('monotonic' in command)) throw new Error(`${command.do} is no step`);
      return driver.exchange(command);
    },
    { features: [...FEATURES] },
  );
};

test('the files are what node test/router/protocol/write-vectors.ts writes', async () => {
  const written: Readonly<Record<string, readonly Vector[]>> = {
    ...WRITTEN,
    histories: await recordHistories(),
  };
  expect(readdirSync(FOLDER).sort()).toEqual(
    Object.keys(written)
      .map((name) => `${name}.json`)
      .sort(),
  );
  for (const [name, expected] of Object.entries(written))
    expect(readFileSync(fileOf(name), 'utf8') === toText(expected), name).toBe(true);
});

test('there are many vectors, each with a name of its own', () => {
  expect(vectors.length).toBeGreaterThanOrEqual(150);
  expect(new Set(vectors.map(({ name }) => name)).size).toBe(vectors.length);
});

test('each rule of the protocol has a vector, and each vector names rules of the protocol', () => {
  const page = readPages().get('docs/router-protocol.md') ?? '';
  const rules = [...page.matchAll(/^\| ([A-Z]\d+) \| /gm)].map(([, rule = '']) => rule);
  expect(rules.length).toBeGreaterThan(15);
  expect([...new Set(vectors.flatMap((vector) => vector.rules))].sort()).toEqual(rules.sort());
});

test("Tierferry's own router passes every vector", async () => {
  expect(await run()).toEqual({ passed: vectors.length, failures: [], skipped: 0 });
});

test('a router without features skips the vectors that test them', async () => {
  const driver = new SteppedDriver();
  const { skipped, failures } = await runVectors(
    WRITTEN.concurrency ?? [],
    async (command) => driver.exchange(command as Parameters<SteppedDriver['exchange']>[0]),
    { features: ['nested'] },
  );
  expect(failures).toEqual([]);
  expect(skipped).toBe(WRITTEN.concurrency?.filter(({ features }) => features?.join() !== 'nested').length);
});

type Send = (input: GetItemCommand['input'], send: () => Promise<GetItemCommandOutput>) => Promise<unknown>;

/** Returns a router whose requests for routes, or their answers, are changed. */
const withClient =
  (change: (options: TenantRouterOptions) => Send) =>
  (options: TenantRouterOptions): TenantRouting => {
    const changed = change(options);
    const send = async ({ input }: GetItemCommand) => {
      const given = { ...input };
      return (await changed(given, () =>
        options.client.send(new GetItemCommand(given)),
      )) as GetItemCommandOutput;
    };
    return new TenantRouter({ ...options, client: { send } });
  };

const withClock =
  (
    change: (
      clock: NonNullable<TenantRouterOptions['clock']>,
    ) => Partial<NonNullable<TenantRouterOptions['clock']>>,
  ) =>
  (options: TenantRouterOptions): TenantRouting => {
    const { clock } = options;
    if (!clock) throw new Error('the driver gives a clock');
    const own = {
      monotonic: () => clock.monotonic(),
      now: () => clock.now(),
      sleep: (ms: number, signal?: AbortSignal) => clock.sleep(ms, signal),
    };
    return new TenantRouter({ ...options, clock: { ...own, ...change(clock) } });
  };

const FLAWED: readonly (readonly [
  flaw: string,
  rule: string,
  make: (o: TenantRouterOptions) => TenantRouting,
])[] = [
  [
    'requests routes without consistency',
    'R1',
    withClient(() => (input, send) => {
      input.ConsistentRead = false;
      return send();
    }),
  ],
  [
    'does not know the number of the protocol',
    'R2',
    withClient(() => async (_, send) => {
      const { Item, ...output } = await send();
      if (!Item) return output;
      const { protocol: _number, ...rest } = Item;
      return { ...output, Item: rest };
    }),
  ],
  [
    'counts a lease from its answer',
    'L1',
    withClient(({ clock }) => async (_, send) => {
      const sentAt = clock?.monotonic() ?? 0;
      const { Item, ...output } = await send();
      const passed = (clock?.monotonic() ?? 0) - sentAt;
      if (!Item?.leaseMs?.N || passed === 0) return { ...output, ...(Item ? { Item } : {}) };
      return { ...output, Item: { ...Item, leaseMs: { N: String(Number(Item.leaseMs.N) + passed) } } };
    }),
  ],
  ['measures leases by the monotonic clock only', 'L1', withClock(() => ({ now: () => 0 }))],
  [
    'measures leases by the wall clock only',
    'L1',
    withClock((clock) => {
      const [monotonic, wall] = [clock.monotonic(), clock.now()];
      return { monotonic: () => monotonic + clock.now() - wall };
    }),
  ],
  ['keeps no route', 'L3', (options) => new TenantRouter({ ...options, maxCachedRoutes: 0 })],
  [
    'counts a success after the lease',
    'L6',
    (options) => {
      const router = new TenantRouter(options);
      const counted = async <T>(call: Promise<T>): Promise<T> => {
        try {
          return await call;
        } catch (error) {
          if (error instanceof TenantLeaseExpired && error.succeeded) return error.result as T;
          throw error;
        }
      };
      return {
        read: (tenant, operation, call) => counted(router.read(tenant, operation, call)),
        write: (tenant, operation, call) => counted(router.write(tenant, operation, call)),
      };
    },
  ],
  [
    'writes under a fence',
    'F2',
    (options) => {
      const router = new TenantRouter(options);
      const read: TenantRouting['read'] = (tenant, operation, call) => router.read(tenant, operation, call);
      return { read, write: read };
    },
  ],
  [
    'has a router for each tenant and call, which share nothing',
    'C1',
    (options) => ({
      read: (tenant, operation, call) => new TenantRouter(options).read(tenant, operation, call),
      write: (tenant, operation, call) => new TenantRouter(options).write(tenant, operation, call),
    }),
  ],
  [
    'has no end of the lease in a nested operation',
    'T1',
    (options) => {
      const router = new TenantRouter(options);
      return {
        read: (tenant, operation) => router.read(tenant, operation),
        write: (tenant, operation) => router.write(tenant, operation),
      };
    },
  ],
];

test.each(FLAWED)('a router that %s is found, by a vector of %s', async (_, rule, makeRouter) => {
  const { failures } = await run(makeRouter);
  expect(failures.flatMap(({ rules }) => rules)).toContain(rule);
});
