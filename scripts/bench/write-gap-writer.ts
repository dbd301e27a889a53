/**
 * The application in `npm run bench:write-gap`. It writes one tenant through the router at a steady rate, in a thread of its
 * own so that the migration's work does not delay it, and reports the gaps between successful writes.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { DynamoDBClient, type DynamoDBClientConfig, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { TenantRouter } from '../../functions/router/tenant-router.ts';

export interface WriterInput {
  readonly dynamodb: DynamoDBClientConfig;
  readonly tenantId: string;
  /** Existing keys, which are overwritten in turn. */
  readonly keys: readonly string[];
  readonly writesPerSecond: number;
}

/** The time between two consecutive successful writes. Both ends are ms since 1970. */
export interface Gap {
  readonly from: number;
  readonly to: number;
}

/** The answer to any message. It covers the time since the previous message. */
export interface WriterResult {
  /** Gaps of at least `MIN_GAP_MS`. */
  readonly gaps: readonly Gap[];
  readonly written: number;
  readonly failed: Readonly<Record<string, number>>;
}

/** Length in ms from which a gap is reported. */
const MIN_GAP_MS = 20;

const data: WriterInput = workerData;
const client = new DynamoDBClient({ ...data.dynamodb, maxAttempts: 1 });
const router = new TenantRouter({ client, maxWriteWaitMs: 30_000 });
let last = performance.now();
let gaps: Gap[] = [];
let written = 0;
let failed: Record<string, number> = {};
let isOver = false;

/** Notes the gap since the last successful write or message, if it is long enough. */
const noteGap = (): void => {
  const now = performance.now();
  const ms = now - last;
  last = now;
  if (ms >= MIN_GAP_MS) gaps.push({ from: Date.now() - ms, to: Date.now() });
};

const write = async (n: number): Promise<void> => {
  const key = data.keys[n % data.keys.length] ?? '';
  try {
    await router.write(data.tenantId, (TableName, { signal: abortSignal }) =>
      client.send(
        new PutItemCommand({
          TableName,
          Item: {
            tenantId: { S: data.tenantId },
            entityKey: { S: key },
            entityType: { S: 'ATTENDANCE' },
            version: { N: String(n) },
          },
        }),
        { abortSignal },
      ),
    );
    noteGap();
    written += 1;
  } catch (error) {
    const name = error instanceof Error ? error.name : 'unknown';
    failed[name] = (failed[name] ?? 0) + 1;
  }
};

parentPort?.on('message', (message: unknown) => {
  noteGap();
  const answer: WriterResult = { gaps, written, failed };
  parentPort?.postMessage(answer);
  gaps = [];
  written = 0;
  failed = {};
  isOver = message === 'stop';
});

/**
 * Upper bound of the random delay of the start, in ms. The router renews its lease at fixed intervals and the workflow
 * waits whole seconds. Without a random start, the last write would come equally long after the fence in every run, by
 * a time that depends on those intervals and not on the code.
 */
const MAX_START_DELAY_MS = 1_000;
await sleep(Math.random() * MAX_START_DELAY_MS);

// open loop: a waiting write does not delay the next ones
const startedAt = performance.now();
for (let n = 0; !isOver; ) {
  const due = ((performance.now() - startedAt) / 1_000) * data.writesPerSecond;
  for (; n < due; n += 1) void write(n);
  await sleep(1);
}
client.destroy();
// an open port keeps the thread alive
parentPort?.close();
