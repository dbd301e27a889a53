import { setTimeout as sleep } from 'node:timers/promises';
import { CreateTableCommand, type DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dynamoClient } from '../../functions/aws/client.ts';
import { SeededRandom } from '../../scripts/demo/random.ts';
import { startTestEngine } from '../support/dynamodb-local.ts';
import { type Load, type LoadOptions, type RoutedClients, startClients } from './clients.ts';
import { explain, findViolations } from './linearizability.ts';

const LEASE_MS = 250;
const TABLES = ['a-table', 'another-table'] as const;
const random = new SeededRandom('routers');

/** Routes every call to the table that `next` returns, with a lease that sometimes ends during the call. */
const routedTo = (next: () => string): RoutedClients => {
  const route: RoutedClients['read'] = (_, fn) =>
    fn(next(), { signal: AbortSignal.timeout(random.chance(0.05) ? random.between(0, 4) : LEASE_MS) });
  return { read: route, write: route };
};

const honest = routedTo(() => TABLES[0]);

class TenantWriteFenced extends Error {
  override readonly name = 'TenantWriteFenced';
}

describe('clients of one tenant', () => {
  let engine: { config: DynamoDBClientConfig; stop(): Promise<void> };
  beforeAll(async () => {
    engine = await startTestEngine();
    const client = dynamoClient(engine.config);
    for (const TableName of TABLES) {
      await client.send(
        new CreateTableCommand({
          TableName,
          BillingMode: 'PAY_PER_REQUEST',
          AttributeDefinitions: [
            { AttributeName: 'tenantId', AttributeType: 'S' },
            { AttributeName: 'entityKey', AttributeType: 'S' },
          ],
          KeySchema: [
            { AttributeName: 'tenantId', KeyType: 'HASH' },
            { AttributeName: 'entityKey', KeyType: 'RANGE' },
          ],
        }),
      );
    }
    client.destroy();
  });
  afterAll(() => engine?.stop());

  /** Runs the clients until their history satisfies a condition. */
  const runUntil = async (
    tenantId: string,
    router: LoadOptions['router'],
    isEnough: (load: Load) => boolean,
  ) => {
    const keys = [
      'SCHOOL#1',
      'SCHOOL#1#COURSE#1',
      'SCHOOL#2',
      'STUDENT#1',
      'STUDENT#2',
      'TEACHER#1',
    ] as const;
    const dynamodb = engine.config;
    const load = startClients({ dynamodb, tenantId, keys, seed: tenantId, leaseMs: LEASE_MS, router });
    try {
      do await sleep(100);
      while (!isEnough(load));
    } finally {
      await load.stop();
    }
    return load;
  };
  const isFoundOut = ({ history }: Load) => findViolations(history.operations()).length > 0;
  const namesOf = (load: Load) => new Set(load.errors().flatMap(Object.keys));

  test('one table that all clients use is linearizable, despite stalls and broken connections', async () => {
    const skews = new Set<number>();
    const until = performance.now() + 2_000;
    // without these outcomes the history would prove nothing
    const happens = [
      ...['read seen', 'read never', 'put written', 'put unknown', 'put never', 'delete written'],
      ...['putIf written', 'putIf refused', 'putIf unknown'],
    ];
    const load = await runUntil(
      'tenant-1',
      ({ clock }) => {
        skews.add(Math.round((clock.now() - Date.now()) / 60_000));
        return routedTo(() => TABLES[0]);
      },
      ({ history }) => {
        const seen = new Set(history.operations().map(({ call, outcome }) => `${call.kind} ${outcome.is}`));
        return performance.now() > until && happens.every((one) => seen.has(one));
      },
    );
    const operations = load.history.operations();
    expect(findViolations(operations).map(explain)).toEqual([]);
    expect(new Set(operations.map(({ client }) => client))).toHaveProperty('size', 8);
    expect(skews.size).toBeGreaterThan(3);
    expect(namesOf(load)).not.toContain('SentTwice');
  });

  test('clients that alternate between two tables are found', async () => {
    let calls = 0;
    const byAdmissionOrder = routedTo(() => {
      calls += 1;
      return TABLES[calls % 2 === 0 ? 0 : 1];
    });
    await runUntil('tenant-2', () => byAdmissionOrder, isFoundOut);
  });

  test('one client that stays on the old table is found', async () => {
    const router: LoadOptions['router'] = ({ number }) => routedTo(() => TABLES[number === 5 ? 0 : 1]);
    await runUntil('tenant-3', router, isFoundOut);
  });

  test('a router that reports a write as fenced although it ran is found', async () => {
    const lying: RoutedClients = {
      ...honest,
      async write(tenantId, fn) {
        const done = await honest.write(tenantId, fn);
        if (random.chance(0.2)) throw new TenantWriteFenced('not now');
        return done;
      },
    };
    await runUntil('tenant-4', () => lying, isFoundOut);
  });

  test('a router that calls a write again after it was sent is found', async () => {
    const insisting: RoutedClients = {
      ...honest,
      async write(tenantId, fn) {
        await honest.write(tenantId, fn);
        return honest.write(tenantId, fn);
      },
    };
    await runUntil(
      'tenant-5',
      () => insisting,
      (load) => namesOf(load).has('SentTwice'),
    );
  });
});
