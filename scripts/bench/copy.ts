/**
 * `npm run bench:copy`: compares the copy of one tenant with the engine's limits and with the package
 * `copy-dynamodb-table`, round by round in one run. Compare the ratios; the absolute figures depend on the machine.
 */
import { CreateTableCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { Command } from 'commander';
import { dynamoClient } from '../../functions/aws/client.ts';
import type { Item } from '../../functions/migration/items/items.ts';
import { parseSettings, type Settings } from '../../functions/migration/settings/settings.ts';
import { districtItems } from '../demo/school-data.ts';
import { startEngine } from '../local/engine.ts';
import { copyWithPackage, type Endpoint } from './copy-dynamodb-table.ts';
import { copyWithTierferry, prepare } from './copy-with-tierferry.ts';
import { readOnly, writeOnly } from './loops.ts';

const TENANT = 'tenant-bench';
const MS = 1_000;

interface Round {
  readonly write: number;
  /** Writes without `ReturnConsumedCapacity`. */
  readonly bareWrite: number;
  readonly read: number;
  readonly tierferry: number;
  /** Measured in the last round only, since it takes minutes. */
  readonly other?: number;
}

interface Options {
  readonly items: number;
  readonly rounds: number;
  readonly inFlight?: number;
  readonly page?: number;
  readonly package: boolean;
  readonly engine: 'dynamodb-local' | 'dynoxide';
}

const main = async (): Promise<void> => {
  const { items, rounds, engine, ...rest } = new Command()
    .name('bench:copy')
    .description('Compares the copy with the limits of the engine and with copy-dynamodb-table.')
    .option('--items <n>', 'items of the tenant', Number, 40_000)
    .option('--rounds <n>', 'rounds; the first one warms the engine up and is not counted', Number, 4)
    .option('--in-flight <n>', 'batches in flight for one segment', Number)
    .option('--page <n>', 'items per page, and so per segment', Number)
    .option('--no-package', 'leave out copy-dynamodb-table, which takes minutes')
    .option('--engine <name>', 'dynamodb-local or dynoxide', 'dynamodb-local')
    .addHelpText('after', '\nExample: npm run bench:copy -- --items 20000 --engine dynoxide')
    .parse()
    .opts<Options>();
  const data = [...districtItems({ tenantId: TENANT, schools: 15, items, seed: 1 })];
  const measured: Round[] = [];
  say(
    `${items} items of one tenant, ${engine}, no index and no stream, ${rounds - 1} rounds after a warm-up\n`,
  );
  say(
    'items/s:         write-only  (bare)  read-only  bound  tierferry  of bound  (of bare)  copy-dynamodb-table  times that',
  );
  for (let round = 0; round < rounds; round += 1) {
    const withPackage = rest.package && round === rounds - 1;
    const result = await runRound(engine, data, settingsOf(rest), withPackage);
    say(line(round === 0 ? 'warm-up' : `round ${round}`, result));
    if (round > 0) measured.push(result);
  }
  if (measured.length > 0) say(line('median', medians(measured)));
};

/** Runs a round on a fresh engine: data of earlier rounds would slow it down. */
const runRound = async (
  name: Options['engine'],
  data: readonly Item[],
  settings: Settings,
  withPackage: boolean,
): Promise<Round> => {
  const engine = await startEngine({ engine: name });
  const at: Endpoint = {
    endpoint: engine.endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  };
  const client = dynamoClient(at, 'items');
  try {
    await createPlainTables(client, [
      'bench-warm',
      'bench-bare',
      'bench-source',
      'bench-target',
      'bench-other',
    ]);
    const writing = (table: string, asksUnits: boolean) =>
      rate(data.length, () => writeOnly(client, table, data, { asksUnits }));
    await writing('bench-warm', true);
    const bareWrite = await writing('bench-bare', false);
    const write = await writing('bench-source', true);
    const job = await prepare(at, settings, {
      tenantId: TENANT,
      source: 'bench-source',
      target: 'bench-target',
    });
    const ranges = job.segments.map((segment) => segment.range);
    await readOnly(client, 'bench-source', TENANT, ranges);
    const read = await rate(data.length, () => readOnly(client, 'bench-source', TENANT, ranges));
    const tierferry = await rate(data.length, () => copyWithTierferry(job));
    if (!withPackage) return { write, bareWrite, read, tierferry };
    const other = await rate(data.length, () => copyWithPackage(at, 'bench-source', 'bench-other'));
    return { write, bareWrite, read, tierferry, other };
  } finally {
    client.destroy();
    await engine.stop();
  }
};

const settingsOf = ({ inFlight, page }: Pick<Options, 'inFlight' | 'page'>): Settings =>
  parseSettings({
    prefix: 'bench',
    // the engine's limit is measured, not the default read limit of a migration
    readUnitsPerSecond: 1e6,
    ...(inFlight ? { batchesInFlight: inFlight } : {}),
    ...(page ? { pageItems: page } : {}),
  });

const createPlainTables = async (client: DynamoDBClient, tables: readonly string[]): Promise<void> => {
  for (const TableName of tables) {
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
};

/** Measures items per second. @throws Error if not all items were handled. */
const rate = async (
  items: number,
  work: () => Promise<number | undefined> | Promise<void>,
): Promise<number> => {
  const started = performance.now();
  const done = await work();
  const seconds = (performance.now() - started) / MS;
  if (done !== undefined && done !== items) throw new Error(`${done} of ${items} items were handled`);
  return items / seconds;
};

/** Returns the upper bound of a copy. It reads and writes through one engine, so that is the harmonic sum of both limits. */
const boundText = (write: number, read: number): number => 1 / (1 / write + 1 / read);

const line = (name: string, round: Round): string =>
  [
    name.padEnd(16),
    round.write.toFixed(0).padStart(10),
    round.bareWrite.toFixed(0).padStart(8),
    round.read.toFixed(0).padStart(11),
    boundText(round.write, round.read).toFixed(0).padStart(7),
    round.tierferry.toFixed(0).padStart(11),
    (round.tierferry / boundText(round.write, round.read)).toFixed(2).padStart(10),
    (round.tierferry / boundText(round.bareWrite, round.read)).toFixed(2).padStart(11),
    (round.other?.toFixed(0) ?? '').padStart(21),
    (round.other ? (round.tierferry / round.other).toFixed(1) : '').padStart(12),
  ].join('');

const medians = (rounds: readonly Round[]): Round => {
  const medianOf = (value: (round: Round) => number): number =>
    rounds.map(value).sort((a, b) => a - b)[Math.floor(rounds.length / 2)] ?? 0;
  return {
    write: medianOf((round) => round.write),
    bareWrite: medianOf((round) => round.bareWrite),
    read: medianOf((round) => round.read),
    tierferry: medianOf((round) => round.tierferry),
    ...(rounds.at(-1)?.other === undefined ? {} : { other: rounds.at(-1)?.other }),
  };
};

const say = (text: string): void => {
  process.stdout.write(`${text}\n`);
};

await main();
