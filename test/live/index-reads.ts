import { setTimeout as sleep } from 'node:timers/promises';
import { type DynamoDBClient, QueryCommand } from '@aws-sdk/client-dynamodb';
import { sortOf, TABLE_LAYOUT } from '../support/table-keys.ts';
import type { RoutedClients } from './clients.ts';
import type { Operation } from './history.ts';

/** Result of a read of an index. Times are in ms on the monotonic clock. */
export interface IndexRead {
  readonly calledAt: number;
  readonly answeredAt: number;
  readonly items: readonly IndexedItem[];
}
interface IndexedItem {
  readonly tenantId: string;
  readonly key: string;
  readonly value?: string | undefined;
}

/** The index of the histories' tables, and its partition key, which names the tenant. */
export const INDEX = {
  name: 'by-entity-type',
  partitionKey: { name: 'tenantEntityType', type: 'S' },
  sortKey: TABLE_LAYOUT.tableKeys.sortKey,
} as const;
export const indexKeyOf = (tenantId: string): string =>
  `${TABLE_LAYOUT.ownIndexValues(tenantId, undefined).beginnings[0]}STUDENT`;

/** Time for which an index may return a replaced value, in ms: longer than routes are used and copies take. */
const STALE_MS = 3_000;
const PAUSE_MS = 150;

/** Reads a tenant's items from an index through the router until it is stopped. */
export const startIndexReads = (given: {
  readonly router: RoutedClients;
  readonly client: DynamoDBClient;
  readonly tenantId: string;
}): { stop(): Promise<IndexRead[]> } => {
  const { router, client, tenantId } = given;
  const stopping = new AbortController();
  const reads: IndexRead[] = [];
  const query = (TableName: string, abortSignal: AbortSignal) => {
    const ExpressionAttributeValues = { ':t': { S: indexKeyOf(tenantId) } };
    const KeyConditionExpression = `${INDEX.partitionKey.name} = :t`;
    const command = { TableName, IndexName: INDEX.name, KeyConditionExpression, ExpressionAttributeValues };
    return client.send(new QueryCommand(command), { abortSignal });
  };
  const run = async () => {
    while (!stopping.signal.aborted) {
      await sleep(PAUSE_MS, undefined, { signal: stopping.signal }).catch(() => undefined);
      const calledAt = performance.now();
      // a read that the end of its lease aborted has no result
      const found = await router
        .read(tenantId, (table, { signal }) => query(table, signal))
        .catch(() => undefined);
      const items = (found?.Items ?? []).map((item) => ({
        tenantId: TABLE_LAYOUT.tenantOf(item) ?? '',
        key: sortOf(item),
        value: item.value?.S,
      }));
      reads.push({ calledAt, answeredAt: performance.now(), items });
    }
  };
  const running = run();
  return {
    async stop() {
      stopping.abort();
      await running;
      return reads;
    },
  };
};

/**
 * Returns index reads that are violations, although indexes are eventually consistent: items of another tenant; values under
 * the clients' keys that no client has begun to write; and values long after another write replaced them. The last kind would
 * be an item that came back after its deletion. An index may lack items and lag, so that is not checked.
 */
export const findIndexViolations = (
  reads: readonly IndexRead[],
  operations: readonly Operation[],
  tenantId: string,
): string[] => {
  const byKey = Map.groupBy(operations, ({ key }) => key);
  const wrongs = reads.flatMap(({ calledAt, answeredAt, items }) =>
    items.flatMap(({ tenantId: owner, key, value }) => {
      if (owner !== tenantId) return [`an index returned an item of ${owner} under ${key}`];
      const ofKey = byKey.get(key);
      if (!ofKey) return [];
      const write = ofKey.find(({ call }) => 'value' in call && call.value === value);
      if (!write || write.calledAt > answeredAt)
        return [`an index returned ${value} of ${key}, never written`];
      const replacedAt = replacementOf(write, ofKey);
      return calledAt > replacedAt + STALE_MS
        ? [
            `an index returned ${value} of ${key} ${Math.round(calledAt - replacedAt)} ms after it was replaced`,
          ]
        : [];
    }),
  );
  return [...new Set(wrongs)];
};

/** Returns the end of the first write that began after this one had ended; infinity if this one may still take effect. */
const replacementOf = (write: Operation, ofKey: readonly Operation[]): number => {
  if (write.outcome.is !== 'written') return Number.POSITIVE_INFINITY;
  const later = ofKey.filter(
    ({ call, outcome, calledAt }) =>
      call.kind !== 'read' && outcome.is === 'written' && calledAt > write.answeredAt,
  );
  return Math.min(Number.POSITIVE_INFINITY, ...later.map(({ answeredAt }) => answeredAt));
};
