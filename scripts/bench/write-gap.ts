/**
 * `npm run bench:write-gap`: measures the write gap of a cutover at two sizes of a tenant in one run, or beside an earlier
 * commit. Compare the ratios; the absolute figures depend on the machine.
 */
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { Command } from 'commander';
import { isClosed } from '../../functions/migration/life-cycle.ts';
import type { Migration } from '../../functions/migration/migration.ts';
import type { MigrationId } from '../../functions/migration/names.ts';
import { releaseCutover } from '../../functions/migration/operator/hold-cutover.ts';
import { registerTenant } from '../../functions/migration/operator/register-tenant.ts';
import { BatchWriter } from '../../functions/migration/partition/batch-writer.ts';
import type { Ports } from '../../functions/migration/ports.ts';
import { reasonLine } from '../../functions/migration/reason.ts';
import { requestMigration } from '../../functions/migration/requests/request-migration.ts';
import { parseSettings } from '../../functions/migration/settings/settings.ts';
import { districtItems } from '../demo/school-data.ts';
import type { EngineName } from '../local/engines/program.ts';
import { type Stack, startStack } from '../local/stack.ts';
import { createTierTables } from '../local/tier-tables.ts';
import { runInOtherProcess } from './bench-process.ts';
import { percentile } from './percentile.ts';
import type { Gap, WriterInput, WriterResult } from './write-gap-writer.ts';

const FROM_TIER = 'basic';
const TO_TIER = 'advanced';
const LEASE_MS = 500;
const TARGET_MS = LEASE_MS + 500;
const BUCKET_MS = 50;
/** Items that are written to one engine before a fresh one is started: an engine keeps all stream records in memory. */
const ITEMS_PER_ENGINE = 20_000;
/** Time for which writes are measured without a migration, in ms. */
const QUIET_MS = 5_000;

interface Options {
  readonly items: readonly number[];
  readonly migrations: number;
  readonly writes: number;
  /** Number of the tenant's keys that are overwritten in turn. */
  readonly keys: number;
  /** Write units per second that the migration may use, as set by `tierferry limit`. */
  readonly writeUnits?: number;
  /** Number of keys that are written while the cutover is held. Each of them is then compared under the fence. */
  readonly touched?: number;
  /** A commit whose own bench runs in turns with this one. */
  readonly beside?: string;
  readonly ttl: boolean;
  readonly engine: EngineName;
}

interface WriteGapResult {
  /**
   * Longest gap between two successful writes, in ms: without a migration, around the cutover, and in the rest of the
   * migration, while the copy and the application share the machine.
   */
  readonly quietMs: number;
  readonly gapMs: number;
  readonly elsewhereMs: number;
  readonly fenceMs: number;
  /** From the fence to the last write before it took effect, and from the flip to the first successful write, in ms. */
  readonly fenceToGapMs: number;
  readonly flipToWriteMs: number;
  readonly cutovers: number;
  readonly written: number;
  readonly failed: Readonly<Record<string, number>>;
}

const main = async (): Promise<void> => {
  const options = new Command()
    .name('bench:write-gap')
    .description('Measures the longest gap between successful writes during migrations, at several sizes.')
    .option('--items <n,n>', 'sizes of the tenant', (text) => text.split(',').map(Number), [10_000, 200_000])
    .option('--migrations <n>', 'migrations at each size', Number, 20)
    .option('--writes <n>', 'writes per second', Number, 400)
    .option('--keys <n>', 'keys that are overwritten in turn', Number, 100)
    .option('--write-units <n>', 'write units per second for the migration (default: no limit)', Number)
    .option('--touched <n>', 'hold the cutover until this many keys were written', Number)
    .option('--beside <commit>', 'run in turns with the bench of an earlier commit, at the first size')
    .option('--ttl', 'with TTL; DynamoDB Local then sorts each whole table every 10 s', false)
    .option('--engine <name>', 'dynamodb-local or dynoxide', 'dynamodb-local')
    .addHelpText('after', '\nExample: npm run bench:write-gap -- --items 5000,20000 --migrations 5')
    .parse()
    .opts<Options>();
  const { items, migrations, writes, writeUnits, ttl, engine, touched, beside } = options;
  const keys = touched ?? options.keys;
  if (beside !== undefined) {
    const shared = ['--items', String(items[0]), '--writes', String(writes), '--keys', String(keys)];
    return runInOtherProcess(beside, migrations, [...shared, '--migrations', '1', '--engine', engine], say);
  }
  say(
    `${writes} writes per second on ${keys} keys of one tenant, ${engine}, tables without an index and with${ttl ? '' : 'out'} TTL, a lease of ${LEASE_MS} ms near the cutover, ${migrations} migrations at each size${writeUnits === undefined ? '' : `, limited to ${writeUnits} write units per second`}${touched === undefined ? '' : `, ${touched} keys written while the cutover is held`}\n`,
  );
  const all: WriteGapResult[][] = [];
  for (const size of items) {
    say(
      `${size} items: gap without a migration, at the cutover, in the rest of it; fence; fence to last write; flip to first write; cutovers`,
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
      `${size} items: median ${ms(medians[n])}, 99th percentile ${ms(p99[n])}, ${(p99[n] ?? 0) <= TARGET_MS ? 'within' : 'OVER'} lease + 500 ms (${TARGET_MS} ms); writes that failed: ${failed.length === 0 ? 'none' : failed.map(([name, count]) => `${name} ${count}`).join(', ')}`,
    );
  });
  const ratio = (values: readonly number[]): string => ((values.at(-1) ?? 0) / (values[0] ?? 0)).toFixed(2);
  if (items.length > 1)
    say(
      `${items.at(-1)} items compared with ${items[0]}: the median is ${ratio(medians)} times, the 99th percentile ${ratio(p99)} times as long (target: within 20 percent)`,
    );
};

const measure = async (
  items: number,
  { migrations, writes, keys, writeUnits, touched, ttl, engine }: Options,
): Promise<WriteGapResult[]> => {
  const measured: WriteGapResult[] = [];
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
        // the work after the flip would otherwise slow down the next migration
        if (n + 1 < perEngine) await closed(stack.ports, migrationId);
      }
    } finally {
      await stack.stop();
    }
  }
  return measured;
};

/**
 * Starts a stack with few tables and no indexes: two cores have to run application, engine, stream reader and workflow.
 * TTL is off by default because of DynamoDB Local, whose requests all wait while it sorts a table to find 20 expired
 * items.
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

interface Load extends Pick<WriterInput, 'tenantId' | 'writesPerSecond'> {
  readonly items: number;
  readonly keys: number;
  /** True if the cutover is held until each key was written. */
  readonly isHeld: boolean;
  readonly writeUnitsPerSecond?: number;
}

const migrateUnderLoad = async (
  { ports, client }: Stack,
  { tenantId, items, keys: hotKeys, isHeld, writesPerSecond, writeUnitsPerSecond }: Load,
): Promise<WriteGapResult & { readonly migrationId: MigrationId }> => {
  const keys = (await seed(ports, tenantId, items)).slice(0, hotKeys);
  const workerData: WriterInput = {
    dynamodb: client,
    tenantId,
    keys,
    writesPerSecond,
  };
  const writer = new Worker(new URL('write-gap-writer.ts', import.meta.url), { workerData });
  await once(writer, 'online');
  await sleep(2_000);
  await printProgress(writer, 'start');
  await sleep(QUIET_MS);
  const quiet = await printProgress(writer, 'start');
  const { migrationId } = await requestMigration(ports, {
    tenantId,
    toTier: TO_TIER,
    requestedBy: 'bench',
    reason: 'bench',
    holdCutover: isHeld,
    ...(writeUnitsPerSecond === undefined ? {} : { writeUnitsPerSecond }),
  });
  if (isHeld) await releaseCutoverWhenTouched(ports, migrationId, (hotKeys / writesPerSecond) * 1_000);
  const migration = await flipped(ports, migrationId);
  // include the writes right after the flip
  await sleep(LEASE_MS);
  const during = await printProgress(writer, 'stop');
  // a pending write may keep the thread alive
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

/** Releases the cutover once all keys were compared, and each was written since. */
const releaseCutoverWhenTouched = async (
  ports: Ports,
  migrationId: MigrationId,
  ms: number,
): Promise<void> => {
  await watchMigration(ports, migrationId, ({ comparison }) => comparison?.ended !== undefined);
  await sleep(ms);
  await releaseCutover(ports, migrationId, { by: 'bench', reason: 'each key was written' });
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

/** True if the gap overlaps with the fence or with the time right after the flip. */
const isAround = ({ from, to }: Gap, { fencedAt, flippedAt }: Migration): boolean =>
  to > (fencedAt ?? 0) && from < (flippedAt ?? 0) + LEASE_MS;

const printProgress = async (writer: Worker, message: 'start' | 'stop'): Promise<WriterResult> => {
  const answer = once(writer, 'message');
  writer.postMessage(message);
  const [written]: WriterResult[] = (await answer) as WriterResult[];
  if (!written) throw new Error('the writer gave no answer');
  return written;
};

const watchMigration = async (
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
        `NotConverging: ${convergence.journalledPerSecond} keys change per second and ${convergence.appliedPerSecond} are applied. This machine cannot sustain so many writes beside a migration; try fewer (--writes)`,
      );
    await sleep(100);
  }
};
const flipped = (ports: Ports, id: MigrationId) =>
  watchMigration(ports, id, ({ flippedAt }) => flippedAt !== undefined);
const closed = (ports: Ports, id: MigrationId) => watchMigration(ports, id, ({ status }) => isClosed(status));

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
