import type { DynamoDBClient, DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import { GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { dynamoClient } from '../../functions/aws/client.ts';
import type { Clock } from '../../functions/migration/clock-port.ts';
import { TenantRouter } from '../../functions/router/tenant-router.ts';
import { startClients } from '../live/clients.ts';
import type { Operation, Value } from '../live/history.ts';
import { explain, findViolations } from '../live/linearizability.ts';
import { SuspendableProcess } from '../support/suspendable-process.ts';
import { placedKey } from '../support/table-keys.ts';

/** Keys that the application changes all the time: items of both segments, and new ones. */
export const CHANGED_KEYS = ['STUDENT#000010', 'STUDENT#000050', 'NEW#1', 'ZZZ#1'] as const;
/** Keys that only a nudge changes, so that a later write does not hide a lost one. */
export const QUIET_KEYS = ['STUDENT#000030', 'ZZZ#2'] as const;
/** A key that is written only when all are, so that no later write hides a loss of that one. */
const RARE_KEY = 'ZZZ#3';
export const ALL_KEYS = [...CHANGED_KEYS, ...QUIET_KEYS, RARE_KEY] as const;
const CLIENTS = 2;
/** Maximum time between two operations of a client, in ms. */
const PAUSE_MS = 300;
const MAX_WRITE_WAIT_MS = 30_000;
const NUDGER = CLIENTS;
/** Maximum tries of a key's last read, which the end of a lease may abort. */
const MAX_READS = 10;

/** The application of one tenant: some clients that read and write some keys through the router. */
export interface Application {
  /** Makes one more write, and returns once it has succeeded. @param key each key in turn by default. */
  nudge(key?: string): Promise<void>;
  /** Suspends its processes until then. They continue with the routes that they have. */
  suspend(until: Promise<unknown>): Promise<void>;
  /** Stops it. @returns the last value of every key, the violations in its history, and the longest write, in ms. */
  stop(): Promise<{
    readonly last: ReadonlyMap<string, Value>;
    readonly wrongs: string[];
    readonly longestWriteMs: number;
  }>;
}

export interface ApplicationOptions {
  readonly leaseMs: number;
  readonly seed: string;
  /** Returns the clock for its routers from their process's clock. */
  readonly clockOf?: ((clock: Clock) => Clock) | undefined;
}

export const startApplication = (
  dynamodb: DynamoDBClientConfig,
  tenantId: string,
  { leaseMs, seed, clockOf = (clock) => clock }: ApplicationOptions,
): Application => {
  const client = dynamoClient({ ...dynamodb, maxAttempts: 1 });
  const router = new TenantRouter({ client, maxWriteWaitMs: MAX_WRITE_WAIT_MS });
  const processes: {
    readonly process: SuspendableProcess;
    router?: TenantRouter;
    client?: DynamoDBClient;
  }[] = [];
  const load = startClients({
    dynamodb,
    tenantId,
    keys: CHANGED_KEYS,
    clients: CLIENTS,
    seed,
    leaseMs,
    pauseMs: PAUSE_MS,
    processOf: (clock) => {
      const process = new SuspendableProcess(clock);
      processes.push({ process });
      return process;
    },
    router: ({ number, clock, dynamodb: own }) => {
      const routes = dynamoClient({ ...own, maxAttempts: 1 });
      const routed = new TenantRouter({
        client: routes,
        clock: clockOf(clock),
        maxWriteWaitMs: MAX_WRITE_WAIT_MS,
      });
      Object.assign(processes[number] ?? {}, { router: routed, client: routes });
      return routed;
    },
  });
  const suspensions: { readonly from: number; readonly to: number }[] = [];
  const isSuspended = ({ calledAt, answeredAt }: Operation) =>
    suspensions.some(({ from, to }) => calledAt <= to && answeredAt >= from);
  let nudges = 0;
  const put = async (by: TenantRouter, from: DynamoDBClient, number: number, key: string) => {
    nudges += 1;
    const value = `nudge ${nudges}`;
    const end = load.history.begin(number, key, { kind: 'put', value });
    try {
      await by.write(tenantId, async (TableName, { signal: abortSignal }) => {
        const Item = { ...placedKey(tenantId, key), value: { S: value } };
        await from.send(new PutItemCommand({ TableName, Item }), { abortSignal });
      });
      end({ is: 'written' });
    } catch {
      end({ is: 'unknown' });
    }
  };
  const lastRead = async (key: string): Promise<Value> => {
    for (let tries = 1; ; tries += 1) {
      const end = load.history.begin(NUDGER, key, { kind: 'read' });
      try {
        const value = await router.read(tenantId, async (TableName, { signal: abortSignal }) => {
          const Key = placedKey(tenantId, key);
          const get = new GetItemCommand({ TableName, Key, ConsistentRead: true });
          return (await client.send(get, { abortSignal })).Item?.value?.S;
        });
        end({ is: 'seen', value });
        return value;
      } catch (error) {
        end({ is: 'never' });
        if (tries === MAX_READS) throw error;
      }
    }
  };
  return {
    async suspend(until) {
      const from = performance.now();
      // each process has just read the route, and writes as soon as it runs again
      await Promise.all(processes.map(({ router: own }) => own?.read(tenantId, async () => undefined)));
      const suspended = processes.map(({ process }) => process.suspend(until));
      const writes = processes.map(async ({ router: own, client: ownClient }, n) => {
        if (own && ownClient)
          await put(own, ownClient, NUDGER + 1 + n, QUIET_KEYS[n % QUIET_KEYS.length] ?? QUIET_KEYS[0]);
      });
      await Promise.all([...suspended, ...writes]);
      suspensions.push({ from, to: performance.now() });
    },
    nudge: (key) =>
      put(router, client, NUDGER, key ?? CHANGED_KEYS[nudges % CHANGED_KEYS.length] ?? CHANGED_KEYS[0]),
    async stop() {
      await load.stop();
      const last = new Map<string, Value>();
      for (const key of ALL_KEYS) last.set(key, await lastRead(key));
      client.destroy();
      for (const { client: own } of processes) own?.destroy();
      const operations = load.history.operations();
      const wrongs = findViolations(operations).map((found) => `I3: ${explain(found)}`);
      const writes = operations.filter((one) => one.call.kind !== 'read' && !isSuspended(one));
      const longestWriteMs = Math.max(0, ...writes.map(({ calledAt, answeredAt }) => answeredAt - calledAt));
      return { last, wrongs, longestWriteMs };
    },
  };
};
