/**
 * `npm run bench:router`: prints the CPU time of a call with the bare client beside that with a routed client, on an HTTP
 * handler that does nothing. The difference is the router's overhead.
 */
import {
  DynamoDBClient,
  GetItemCommand,
  type GetItemCommandOutput,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb';
import { BatchWriteCommand, DynamoDBDocumentClient, GetCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import { Command } from 'commander';
import { routedClient, TenantRouter } from '../../functions/router/router.ts';

const TABLE = 'school-data';
/** Overhead per call that a routed client may have, in microseconds. */
const LIMIT_US = 30;

const main = async (): Promise<void> => {
  const { calls, rounds } = new Command()
    .name('bench:router')
    .description('Measures the overhead of a routed client, on an HTTP handler that does nothing.')
    .option('--calls <n>', 'calls per round', Number, 500)
    .option('--rounds <n>', 'rounds, of which the median counts', Number, 31)
    .parse()
    .opts<{ calls: number; rounds: number }>();
  process.stdout.write(
    `CPU time of a call in microseconds, median of ${rounds} rounds of ${calls} calls\n\n`,
  );
  const rows: { name: string; bare: number; routed: number }[] = [];
  for (const [name, contender] of Object.entries(contenders())) {
    const times: { bare: number[]; routed: number[] } = { bare: [], routed: [] };
    // one round warms up
    for (let round = 0; round <= rounds; round++) {
      const bare = await timeOf(contender.bare, calls);
      const routed = await timeOf(contender.routed, calls);
      if (round === 0) continue;
      times.bare.push(bare);
      times.routed.push(routed);
    }
    rows.push({ name, bare: median(times.bare), routed: median(times.routed) });
  }
  const line = (name: string, ...cells: string[]) =>
    `${name.padEnd(24)}${cells.map((cell) => cell.padStart(10)).join('')}\n`;
  process.stdout.write(line('', 'bare', 'routed', 'overhead'));
  for (const { name, bare, routed } of rows)
    process.stdout.write(line(name, ...[bare, routed, routed - bare].map((us) => us.toFixed(1))));
  const slow = rows.filter(({ bare, routed }) => routed - bare > LIMIT_US);
  if (slow.length > 0) {
    process.stdout.write(
      `\nMore than ${LIMIT_US} microseconds: ${slow.map(({ name }) => name).join(', ')}\n`,
    );
    process.exitCode = 1;
  }
};

type Call = () => Promise<unknown>;

/** Returns the same requests for both clients: of one tenant, as nearly all requests are. */
const contenders = (): Record<string, { bare: Call; routed: Call }> => {
  const client = new DynamoDBClient({
    region: 'eu-central-1',
    endpoint: 'http://localhost:1',
    credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
    requestHandler: { handle: async () => ({ response: { statusCode: 200, headers: {}, body: EMPTY } }) },
  });
  const documents = DynamoDBDocumentClient.from(client);
  const router = new TenantRouter({ client: { send: async () => ROUTE } });
  const options = { table: TABLE, router };
  const routed = { client: routedClient(client, options), documents: routedClient(documents, options) };
  const Key = { tenantId: 'cedar-valley', entityKey: 'SCHOOL#1' };
  const wireKey = { tenantId: { S: Key.tenantId }, entityKey: { S: Key.entityKey } };
  const query = {
    TableName: TABLE,
    KeyConditionExpression: '#t = :t AND begins_with(entityKey, :s)',
    ExpressionAttributeNames: { '#t': 'tenantId' },
    ExpressionAttributeValues: { ':t': Key.tenantId, ':s': 'SCHOOL#' },
  };
  const batch = { RequestItems: { [TABLE]: [{ PutRequest: { Item: Key } }, { DeleteRequest: { Key } }] } };
  const each = <T>(
    make: (target: { client: DynamoDBClient; documents: DynamoDBDocumentClient }) => Promise<T>,
  ) => ({
    bare: () => make({ client, documents }),
    routed: () => make(routed),
  });
  return {
    GetItem: each((by) => by.client.send(new GetItemCommand({ TableName: TABLE, Key: wireKey }))),
    PutItem: each((by) => by.client.send(new PutItemCommand({ TableName: TABLE, Item: wireKey }))),
    'Get (document)': each((by) => by.documents.send(new GetCommand({ TableName: TABLE, Key }))),
    'Query (document)': each((by) => by.documents.send(new QueryCommand(query))),
    'BatchWrite (document)': each((by) => by.documents.send(new BatchWriteCommand(batch))),
  };
};

const EMPTY = new TextEncoder().encode('{}');
const ROUTE: GetItemCommandOutput = {
  $metadata: {},
  Item: {
    table: { S: 'saas-tenant-data-basic' },
    writes: { S: 'open' },
    leaseMs: { N: '30000' },
    epoch: { N: '1' },
  },
};

/** Returns the CPU time of one call in microseconds. Wall time would count other processes too. */
const timeOf = async (call: Call, calls: number): Promise<number> => {
  const before = process.cpuUsage();
  for (let n = 0; n < calls; n++) await call();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / calls;
};

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

await main();
