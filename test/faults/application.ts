import type { DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import { GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { dynamoClient } from '../../functions/aws/client.ts';
import { TenantRouter } from '../../functions/router/tenant-router.ts';
import { startClients } from '../live/clients.ts';
import type { Value } from '../live/history.ts';
import { explain, findViolations } from '../live/linearizability.ts';

/** Keys that the application changes all the while: items of either segment, and such as are not there yet. */
export const CHANGED_KEYS = ['STUDENT#000010', 'STUDENT#000050', 'NEW#1', 'ZZZ#1'] as const;
const CLIENTS = 2;
/** The longest time between two operations of a client, in ms. */
const PAUSE_MS = 300;
const MAX_WRITE_WAIT_MS = 30_000;
const NUDGER = CLIENTS;
/** Tries of the last read of a key: the lease may end it. */
const MOST_READS = 10;

/** The application of one tenant: a few clients that read and write a few keys through the router. */
export interface Application {
  /** One write more, now: it is through when it returns. */
  nudge(): Promise<void>;
  /** @returns what every key held in the end, what was wrong with the history, and the longest that a write took, in ms. */
  stop(): Promise<{
    readonly last: ReadonlyMap<string, Value>;
    readonly wrongs: string[];
    readonly longestWriteMs: number;
  }>;
}

export const startApplication = (
  dynamodb: DynamoDBClientConfig,
  tenantId: string,
  leaseMs: number,
): Application => {
  const client = dynamoClient({ ...dynamodb, maxAttempts: 1 });
  const router = new TenantRouter({ client, maxWriteWaitMs: MAX_WRITE_WAIT_MS });
  const load = startClients({
    dynamodb,
    tenantId,
    keys: CHANGED_KEYS,
    clients: CLIENTS,
    seed: tenantId,
    leaseMs,
    pauseMs: PAUSE_MS,
    router: ({ clock }) => new TenantRouter({ client, clock, maxWriteWaitMs: MAX_WRITE_WAIT_MS }),
  });
  let nudges = 0;
  const lastRead = async (key: string): Promise<Value> => {
    for (let tries = 1; ; tries += 1) {
      const end = load.history.begin(NUDGER, key, { kind: 'read' });
      try {
        const value = await router.read(tenantId, async (TableName, { signal: abortSignal }) => {
          const Key = { tenantId: { S: tenantId }, entityKey: { S: key } };
          const get = new GetItemCommand({ TableName, Key, ConsistentRead: true });
          return (await client.send(get, { abortSignal })).Item?.value?.S;
        });
        end({ is: 'seen', value });
        return value;
      } catch (error) {
        end({ is: 'never' });
        if (tries === MOST_READS) throw error;
      }
    }
  };
  return {
    async nudge() {
      nudges += 1;
      const key = CHANGED_KEYS[nudges % CHANGED_KEYS.length] ?? CHANGED_KEYS[0];
      const value = `nudge ${nudges}`;
      const end = load.history.begin(NUDGER, key, { kind: 'put', value });
      try {
        await router.write(tenantId, async (TableName, { signal: abortSignal }) => {
          const Item = { tenantId: { S: tenantId }, entityKey: { S: key }, value: { S: value } };
          await client.send(new PutItemCommand({ TableName, Item }), { abortSignal });
        });
        end({ is: 'written' });
      } catch {
        end({ is: 'unknown' });
      }
    },
    async stop() {
      await load.stop();
      const last = new Map<string, Value>();
      for (const key of CHANGED_KEYS) last.set(key, await lastRead(key));
      client.destroy();
      const operations = load.history.operations();
      const wrongs = findViolations(operations).map((found) => `I3: ${explain(found)}`);
      const writes = operations.filter(({ call }) => call.kind !== 'read');
      const longestWriteMs = Math.max(0, ...writes.map(({ calledAt, answeredAt }) => answeredAt - calledAt));
      return { last, wrongs, longestWriteMs };
    },
  };
};
