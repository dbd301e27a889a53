/**
 * `npm run bench:freeze`: how long the application's writes stand still in a cutover, at two sizes of a tenant, side by
 * side in one run, or beside an earlier commit. Ratios are what it is for; the figures are this machine's.
 */
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { Command } from 'commander';
import { BatchWriter } from '../../functions/migration/batch-writer.ts';
import { isClosed } from '../../functions/migration/life-cycle.ts';
import type { Migration } from '../../functions/migration/migration.ts';
import type { MigrationId } from '../../functions/migration/names.ts';
import type { Ports } from '../../functions/migration/ports.ts';
import { reasonLine } from '../../functions/migration/reason.ts';
import { registerTenant } from '../../functions/migration/registry/register-tenant.ts';
import { parseSettings } from '../../functions/migration/settings.ts';
import { letCutOver } from '../../functions/migration/triggers/control-migration.ts';
import { requestMigration } from '../../functions/migration/triggers/request-migration.ts';
import { districtItems } from '../demo/school-data.ts';
import type { EngineName } from '../local/engines/program.ts';
import { type Stack, startStack } from '../local/stack.ts';
import { createTierTables } from '../local/tier-tables.ts';
import { runBeside } from './beside.ts';
import type { FreezeWriterData, FreezeWritten, Gap } from './freeze-writer.ts';

const FROM_TIER = 'basic';
const TO_TIER = 'advanced';
const LEASE_MS = 500;
const TARGET_MS = LEASE_MS + 500;
const BUCKET_MS = 50;
/** Items that may be written to one engine before a fresh one: it keeps whatever was in its streams in memory. */
const ITEMS_PER_ENGINE = 20_000;
/** How long the writes are watched without a migration, in ms. */
const QUIET_MS = 5_000;

interface Options {
  readonly items: readonly number[];
  readonly migrations: number;
  readonly writes: number;
  /** Keys that are written again and again: a part of the tenant's. */
  readonly keys: number;
  /** Write units a second that the migration may take, as an operator's `limit` sets them. */
  readonly writeUnits?: number;
  /** The cutover is held until so many keys were written, each of which is compared under the fence then. */
  readonly touched?: number;
  /** A commit whose own bench takes turns with this one. */
  readonly beside?: string;
  readonly ttl: boolean;
  readonly engine: EngineName;
}

interface Measured {
  /**
   * Longest gap between two writes that succeeded, in ms: with nothing else going on, around the cutover, and in the
   * rest of the migration, where the copy and the application share two cores.
   */
  readonly quietMs: number;
  readonly gapMs: number;
  readonly elsewhereMs: number;
  readonly fenceMs: number;
  /** From the fence to the last write before it took effect, and from the flip to the first write that succeeded, in ms. */
  readonly fenceToGapMs: number;
  readonly flipToWriteMs: number;
  readonly cutovers: number;
  readonly written: number;
  readonly failed: Readonly<Record<string, number>>;
}

const main = async (): Promise<void> => {
  const options = new Command()
    .name('bench:freeze')
    .description('The longest gap between successful writes over migrations, at several sizes.')
    .option('--items <n,n>', 'sizes of the tenant', (text) => text.split(',').map(Number), [10_000, 200_000])
    .option('--migrations <n>', 'migrations at each size', Number, 20)
    .option('--writes <n>', 'writes a second', Number, 400)
    .option('--keys <n>', 'keys that are written, in turn', Number, 100)
    .option('--write-units <n>', 'write units a second for the migration; without it, all it can get', Number)
    .option('--touched <n>', 'hold the cutover until so many keys were written', Number)
    .option('--beside <commit>', 'take turns with the bench of an earlier commit, at the first size')
    .option('--ttl', 'with TTL, for which DynamoDB Local sorts each whole table every 10 s', false)
    .option('--engine <name>', 'dynamodb-local or dynoxide', 'dynamodb-local')
    .addHelpText('after', '\nExample: npm run bench:freeze -- --items 5000,20000 --migrations 5')
    .parse()
    .opts<Options>();
  const { items, migrations, writes, writeUnits, ttl, engine, touched, beside } = options;
  const keys = touched ?? options.keys;
  if (beside !== undefined) {
    const shared = ['--items', String(items[0]), '--writes', String(writes), '--keys', String(keys)];
    return runBeside(beside, migrations, [...shared, '--migrations', '1', '--engine', engine], say);
  }
  say(
    `${writes} writes a second on ${keys} keys of one tenant, ${engine}, tables without an index and with${ttl ? '' : 'out'} TTL, a lease of ${LEASE_MS} ms near the cutover, ${migrations} migrations at each size${writeUnits === undefined ? '' : `, limited to ${writeUnits} write units a second`}${touched === undefined ? '' : `, ${touched} keys written while the cutover is held`}\n`,
  );
  const all: Measured[][] = [];
  for (const size of items) {
    say(
      `${size} items: gap without a migration, at the cutover, elsewhere in it; fence; from the fence to the last write; from the flip to the first; cutovers`,
    );
    const measured = await measure(size, options);
    all.push(measured);
    say('', ...histogram(measured.map(({ gapMs }) => gapMs)), '');
  }
  const p99 = all.map((measured) =>
    percentile(
      measured.map(({ gapMs }) => gapMs),
      0.99,
    ),
  );
  const medians = all.map((measured) =>
    percentile(
      measured.map(({ gapMs }) => gapMs),
      0.5,
    ),
  );
  items.forEach((size, n) => {
    const failed = (all[n] ?? []).flatMap((one) => Object.entries(one.failed));
    say(
      `${size} items: median ${ms(medians[n])}, 99th percentile ${ms(p99[n])}, ${(p99[n] ?? 0) <= TARGET_MS ? 'within' : 'OVER'} the lease and 500 ms (${TARGET_MS} ms); writes that failed: ${failed.length === 0 ? 'none' : failed.map(([name, count]) => `${name} ${count}`).join(', ')}`,
    );
  });
  const ratio = (values: readonly number[]): string => ((values.at(-1) ?? 0) / (values[0] ?? 0)).toFixed(2);
  if (items.length > 1)
    say(
      `${items.at(-1)} items beside ${items[0]}: the median is ${ratio(medians)} times, the 99th percentile ${ratio(p99)} times as long (target: within 20 percent)`,
    );
};

const measure = async (
  items: number,
  { migrations, writes, keys, writeUnits, touched, ttl, engine }: Options,
): Promise<Measured[]> => {
  const measured: Measured[] = [];
  const perEngine = Math.max(1, Math.floor(ITEMS_PER_ENGINE / items));
  while (measured.length < migrations) {
    const stack = await startBench(engine, ttl, touched);
    try {
      for (let n = 0; n < perEngine && measured.length < migrations; n += 1) {
        const id = `district-${measured.length}`;
        const { migrationId, ...one } = await migrateUnderLoad(stack, {
          tenantId: id,
          items,
          keys: touched ?? keys,
          writesPerSecond: writes,
          isHeld: touched !== undefined,
          ...(writeUnits === undefined ? {} : { writeUnitsPerSecond: writeUnits }),
        });
        measured.push(one);
        say(
          `  ${ms(one.quietMs)}  ${ms(one.gapMs)}  ${ms(one.elsewhereMs)}  ${ms(one.fenceMs)}  ${ms(one.fenceToGapMs)}  ${ms(one.flipToWriteMs)}  ${one.cutovers}`,
        );
        // what comes after the flip would take its share of the machine from the next one
        if (n + 1 < perEngine) await closed(stack.ports, migrationId);
      }
    } finally {
      await stack.stop();
    }
  }
  return measured;
};

/**
 * Two cores have to carry application, engine, stream reader and workflow: each index would be one more table to write,
 * and each tier more tables. TTL is left out for what it costs in DynamoDB Local alone, whose requests all wait while it
 * sorts a table to find 20 expired items.
 */
const startBench = async (engine: EngineName, ttl: boolean, touched = 0): Promise<Stack> => {
  const { tableDesign, tiers } = parseSettings({});
  const stack = await startStack({
    engine,
    settings: {
      leaseMs: 2_000,
      cutoverLeaseMs: LEASE_MS,
      holdMs: 0,
      claimMs: 10_000,
      fencedKeys: Math.max(parseSettings({}).fencedKeys, 2 * touched),
      tableDesign: {
        ...tableDesign,
        ttlAttribute: ttl ? tableDesign.ttlAttribute : undefined,
        indexes: [],
        streamView: 'KEYS_ONLY',
      },
      tiers: tiers.filter(({ name }) => name === FROM_TIER || name === TO_TIER),
    },
  });
  await createTierTables(stack);
  return stack;
};

interface Load extends Pick<FreezeWriterData, 'tenantId' | 'writesPerSecond'> {
  readonly items: number;
  readonly keys: number;
  /** True if the cutover waits until each key was written. */
  readonly isHeld: boolean;
  readonly writeUnitsPerSecond?: number;
}

const migrateUnderLoad = async (
  { ports, client }: Stack,
  { tenantId, items, keys: hotKeys, isHeld, writesPerSecond, writeUnitsPerSecond }: Load,
): Promise<Measured & { readonly migrationId: MigrationId }> => {
  const keys = (await seed(ports, tenantId, items)).slice(0, hotKeys);
  const workerData: FreezeWriterData = {
    dynamodb: client,
    tenantId,
    keys,
    writesPerSecond,
  };
  const writer = new Worker(new URL('freeze-writer.ts', import.meta.url), { workerData });
  await once(writer, 'online');
  await sleep(2_000);
  await tell(writer, 'start');
  await sleep(QUIET_MS);
  const quiet = await tell(writer, 'start');
  const { migrationId } = await requestMigration(ports, {
    tenantId,
    toTier: TO_TIER,
    requestedBy: 'bench',
    reason: 'bench',
    holdCutover: isHeld,
    ...(writeUnitsPerSecond === undefined ? {} : { writeUnitsPerSecond }),
  });
  if (isHeld) await letGoWhenTouched(ports, migrationId, (hotKeys / writesPerSecond) * 1_000);
  const migration = await flipped(ports, migrationId);
  // the writes that come right after the flip
  await sleep(LEASE_MS);
  const during = await tell(writer, 'stop');
  // a write that is still on its way may keep it alive
  await writer.terminate();
  const { fencedAt = 0, flippedAt = 0 } = migration;
  const gap = longest(during.gaps.filter((one) => isAround(one, migration)));
  return {
    migrationId,
    quietMs: lengthOf(longest(quiet.gaps)),
    gapMs: lengthOf(gap),
    fenceToGapMs: gap.from - fencedAt,
    flipToWriteMs: gap.to - flippedAt,
    elsewhereMs: lengthOf(longest(during.gaps.filter((one) => !isAround(one, migration)))),
    fenceMs: flippedAt - fencedAt,
    cutovers: migration.cutovers,
    written: during.written,
    failed: during.failed,
  };
};

/** Lets the cutover go when all keys were compared, and each was written since. */
const letGoWhenTouched = async (ports: Ports, migrationId: MigrationId, ms: number): Promise<void> => {
  await follow(ports, migrationId, ({ comparison }) => comparison?.ended !== undefined);
  await sleep(ms);
  await letCutOver(ports, migrationId, { by: 'bench', why: 'each key was written' });
};

const seed = async (ports: Ports, id: string, items: number): Promise<string[]> => {
  const { tenantId, table } = await registerTenant(ports, {
    tenantId: id,
    name: id,
    tier: FROM_TIER,
    schoolCount: 10,
    by: 'bench',
  });
  const keys: string[] = [];
  const writer = new BatchWriter(ports, ports.partition(tenantId), table);
  for (const item of districtItems({ tenantId, schools: 10, items, seed: 1 })) {
    await writer.put(item);
    keys.push(item.entityKey?.S ?? '');
  }
  await writer.flush();
  return keys;
};

const lengthOf = ({ from, to }: Gap): number => to - from;
const longest = (gaps: readonly Gap[]): Gap =>
  gaps.reduce((a, b) => (lengthOf(b) > lengthOf(a) ? b : a), { from: 0, to: 0 });

/** Whether nobody could write in it because of the fence, or of what came right after the flip. */
const isAround = ({ from, to }: Gap, { fencedAt, flippedAt }: Migration): boolean =>
  to > (fencedAt ?? 0) && from < (flippedAt ?? 0) + LEASE_MS;

const tell = async (writer: Worker, message: 'start' | 'stop'): Promise<FreezeWritten> => {
  const answer = once(writer, 'message');
  writer.postMessage(message);
  const [written]: FreezeWritten[] = (await answer) as FreezeWritten[];
  if (!written) throw new Error('the writer gave no answer');
  return written;
};

const follow = async (
  ports: Ports,
  migrationId: MigrationId,
  hasCome: (migration: Migration) => boolean,
): Promise<Migration> => {
  for (;;) {
    const migration = await ports.migrations.get(migrationId);
    if (migration && hasCome(migration)) return migration;
    if (migration?.failure) throw new Error(`${migrationId}: ${reasonLine(migration.failure)}`);
    const { convergence } = migration ?? {};
    if (convergence?.notConverging)
      throw new Error(
        `NotConverging: ${convergence.journalledPerSecond} keys a second change and ${convergence.appliedPerSecond} are applied: this machine can't carry so many writes beside a migration; try fewer (--writes)`,
      );
    await sleep(100);
  }
};
const flipped = (ports: Ports, id: MigrationId) =>
  follow(ports, id, ({ flippedAt }) => flippedAt !== undefined);
const closed = (ports: Ports, id: MigrationId) => follow(ports, id, ({ status }) => isClosed(status));

/** The value that this share of the values is at or below. */
const percentile = (values: readonly number[], share: number): number =>
  [...values].sort((a, b) => a - b)[Math.max(0, Math.ceil(values.length * share) - 1)] ?? 0;

const histogram = (values: readonly number[]): string[] => {
  const buckets = Map.groupBy(values, (value) => Math.floor(value / BUCKET_MS) * BUCKET_MS);
  return [...buckets]
    .sort(([a], [b]) => a - b)
    .map(
      ([from, some]) =>
        `  ${String(from).padStart(5)} to ${String(from + BUCKET_MS).padStart(5)} ms  ${'#'.repeat(some.length)} ${some.length}`,
    );
};

const ms = (value: number | undefined): string => `${Math.round(value ?? 0)} ms`;
const say = (...lines: readonly string[]): void => {
  for (const line of lines) process.stdout.write(`${line}\n`);
};

await main();
