import {
  type DynamoDBClient,
  type DynamoDBClientConfig,
  PutItemCommand,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dynamoClient } from '../../functions/aws/client.ts';
import {
  TenantLeaseExpired,
  type TenantOperation,
  type TenantRouting,
} from '../../functions/router/router.ts';
import { SeededRandom } from '../../scripts/demo/random.ts';
import { type Engine, startEngine } from '../../scripts/local/engine.ts';
import { byRoutedClient } from './by-routed-client.ts';
import { type Load, type RoutedClients, startClients } from './clients.ts';
import { explain, findViolations } from './linearizability.ts';
import { pairOf } from './several-keys.ts';
import { LEASE_MS, TwoTables } from './two-tables.ts';

const KEYS = ['SCHOOL#1', 'SCHOOL#2', 'STUDENT#1', 'STUDENT#2', 'TEACHER#1'] as const;
const PAIR = pairOf(KEYS[0], KEYS[2]);
/** Share of the requests whose process stalls until the next move. */
const STALLS = 0.02;
/** Number of moves after which a flaw must have been found. */
const MOST_MOVES = 60;

/** Returns the router with a change of its operations. */
const withOperations = (
  router: TenantRouting,
  change: <T>(operation: TenantOperation<T>) => TenantOperation<T>,
): TenantRouting => ({
  read: (tenantId, operation, options) => router.read(tenantId, change(operation), options),
  write: (tenantId, operation, options) => router.write(tenantId, change(operation), options),
});

/** A process that stalls between route and table at times, until the tenant has been moved. */
const stalling = (router: TenantRouting, tables: TwoTables, random: SeededRandom): TenantRouting =>
  withOperations(router, (operation) => async (table, lease) => {
    if (random.chance(STALLS)) await tables.untilMoved();
    return operation(table, lease);
  });

/** A router that never ends a call with its lease, and returns what arrives after it. */
const withoutLeases = (router: TenantRouting): TenantRouting => {
  const unlimited =
    (call: TenantRouting['read']): TenantRouting['read'] =>
    async <T>(tenantId: string, operation: TenantOperation<T>) => {
      const answers: T[] = [];
      const endless: TenantOperation<T> = async (table) => {
        const answer = await operation(table, { signal: new AbortController().signal });
        answers.push(answer);
        return answer;
      };
      try {
        return await call(tenantId, endless);
      } catch (error) {
        const [answer] = answers;
        if (error instanceof TenantLeaseExpired && error.succeeded && answer !== undefined) return answer;
        throw error;
      }
    };
  return {
    read: unlimited((...given) => router.read(...given)),
    write: unlimited((...given) => router.write(...given)),
  };
};

/** A router that keeps the first table that a route has named. */
const withFirstTable = (router: TenantRouting): TenantRouting => {
  let first: string | undefined;
  return withOperations(router, (operation) => (table, lease) => {
    first ??= table;
    return operation(first, lease);
  });
};

/** A routed client that sends the writes of a transaction one by one. */
const withoutTransactions = (given: RoutedClients): RoutedClients => {
  const { routed } = given;
  if (!routed) return given;
  const split = (client: DynamoDBClient): DynamoDBClient =>
    new Proxy(client, {
      get: (target, name, receiver) => {
        if (name !== 'send') return Reflect.get(target, name, receiver);
        return async (command: unknown, options: unknown) => {
          if (!(command instanceof TransactWriteItemsCommand))
            return Reflect.apply(target.send, target, [command, options]);
          for (const { Put } of command.input.TransactItems ?? [])
            if (Put) await target.send(new PutItemCommand(Put));
          return { $metadata: {} };
        };
      },
    });
  return { ...given, routed: { ...routed, wrap: (client) => split(routed.wrap(client)) } };
};

describe('routed clients of a tenant that is moved between two tables', () => {
  let engine: Engine;
  let dynamodb: DynamoDBClientConfig;
  let client: DynamoDBClient;
  let tables: TwoTables;
  beforeAll(async () => {
    engine = await startEngine();
    const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
    dynamodb = { region: 'us-east-1', credentials, endpoint: engine.endpoint };
    client = dynamoClient(dynamodb);
    tables = await TwoTables.create(client);
  });
  afterAll(async () => {
    client?.destroy();
    await engine?.stop();
  });

  /** Runs clients of a tenant during moves, until their history satisfies a condition. */
  const runUntil = async (
    tenantId: string,
    isEnough: (load: Load) => boolean,
    flaw: (router: TenantRouting, number: number) => RoutedClients = byRoutedClient,
  ): Promise<Load> => {
    const load = startClients({
      dynamodb,
      tenantId,
      keys: KEYS,
      pair: PAIR,
      seed: tenantId,
      leaseMs: LEASE_MS,
      pauseMs: 20,
      router: ({ number, clock }) => {
        const random = new SeededRandom(`${tenantId} ${number}`);
        return flaw(stalling(tables.router(clock), tables, random), number);
      },
    });
    const begunAt = tables.moves;
    const isOver = () => isEnough(load) || tables.moves - begunAt >= MOST_MOVES;
    try {
      await tables.moveUntil(isOver);
    } finally {
      await load.stop();
    }
    return load;
  };
  const violationsIn = ({ history }: Load) => findViolations(history.operations());
  const isFoundOut = (load: Load) => violationsIn(load).length > 0;

  test('see linearizable results of requests, batches and transactions', async () => {
    // without these outcomes the history would prove nothing
    const happens = [
      ...['read seen', 'put written', 'put unknown', 'delete written', 'putIf written', 'putIf refused'],
      ...['read seen by the pair', 'put written by the pair', 'putIf refused by the pair'],
      'several at once',
    ];
    const before = tables.moves;
    const load = await runUntil('moved', ({ history }) => {
      const operations = history.operations();
      const seen = new Set(
        operations.map(
          ({ key, call, outcome }) => `${call.kind} ${outcome.is}${key === PAIR.name ? ' by the pair' : ''}`,
        ),
      );
      const batches = Map.groupBy(
        operations,
        ({ client: number, calledAt }) => `${number} ${Math.floor(calledAt)}`,
      );
      if ([...batches.values()].some((ops) => ops.length > 1)) seen.add('several at once');
      return tables.moves - before >= 4 && happens.every((one) => seen.has(one));
    });
    expect(violationsIn(load).map(explain)).toEqual([]);
    const known = ['TenantLeaseExpired', 'TenantWriteFenced', 'TenantWriteNotSent', 'TenantRouteUnavailable'];
    const others = load
      .errors()
      .flatMap(Object.keys)
      .filter((name) => !known.includes(name));
    expect(others).toEqual([]);
  });

  test('are found if one of them keeps its first table', async () => {
    const load = await runUntil('staying', isFoundOut, (router, number) =>
      byRoutedClient(number === 5 ? withFirstTable(router) : router),
    );
    expect(violationsIn(load)).not.toEqual([]);
  });

  test('are found if they ignore the end of their leases', async () => {
    const flaw = (router: TenantRouting) => byRoutedClient(withoutLeases(router));
    const load = await runUntil('outliving', isFoundOut, flaw);
    expect(violationsIn(load)).not.toEqual([]);
  });

  test('are found if they write the items of a transaction one by one', async () => {
    const load = await runUntil('splitting', isFoundOut, (router) =>
      withoutTransactions(byRoutedClient(router)),
    );
    const torn = violationsIn(load).filter(({ key }) => key === PAIR.name);
    expect(torn).not.toEqual([]);
  });
});
