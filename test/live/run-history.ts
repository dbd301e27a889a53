import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { dynamoClient } from '../../functions/aws/client.ts';
import { systemClock } from '../../functions/aws/clock.ts';
import type { Item } from '../../functions/migration/items/items.ts';
import { isClosed, type Status } from '../../functions/migration/life-cycle.ts';
import type { Migration, MigrationEvent } from '../../functions/migration/migration.ts';
import type { MigrationId, TableName, TenantId } from '../../functions/migration/names.ts';
import type { Ports } from '../../functions/migration/ports.ts';
import { SeededRandom } from '../../scripts/demo/random.ts';
import { SuspendableProcess } from '../support/suspendable-process.ts';
import { sortOf } from '../support/table-keys.ts';
import { addTenant, collect, itemsOf } from '../support/tenants.ts';
import { byRoutedClient } from './by-routed-client.ts';
import { type Load, startClients } from './clients.ts';
import type { Operation } from './history.ts';
import { findIndexViolations, type IndexRead, startIndexReads } from './index-reads.ts';
import { explain, findViolations } from './linearizability.ts';
import type { LiveStack } from './live-stack.ts';
import { measuredRouter, type Waits } from './measured-router.ts';
import { play } from './play.ts';
import { drawScenario, KINDS } from './scenario.ts';
import { type Pair, pairOf, valueOfPair } from './several-keys.ts';

/** Result of one history. */
export interface Outcome {
  readonly name: string;
  readonly clients: Clients;
  /** Violations; none expected. */
  readonly wrong: readonly string[];
  readonly operations: number;
  readonly writes: number;
  readonly refused: number;
  readonly indexReads: number;
  /** Transactions on the pair that were run, or whose condition was false. */
  readonly transactions: number;
  readonly cutOff: number;
  readonly fencedOff: number;
  readonly fences: number;
  readonly flips: number;
  readonly reverseFlips: number;
  readonly reopened: number;
  readonly status: string;
  readonly longestWaitMs: number;
  readonly ms: number;
}

/** Errors with which a write may fail by the router's contract. */
const ALLOWED = ['TenantWriteFenced', 'TenantLeaseExpired', 'TenantWriteNotSent'];
/** Maximum duration of a migration of so few items, with all faults, in ms. */
const STUCK_MS = 240_000;
const HOT_KEYS = 14;

/** The clients of a history: all of them call a router, all send by a routed client, or half of them do either. */
const CLIENTS = ['mixed', 'routed', 'plain'] as const;
type Clients = (typeof CLIENTS)[number];
const given = CLIENTS.find((kind) => kind === process.env.LIVE_CLIENTS);
/** Returns the clients of the n-th history. They alternate, so that each kind of scenario has each kind of clients. */
const clientsOf = (n: number): Clients =>
  given ?? CLIENTS[(n + Math.trunc(n / KINDS.length)) % CLIENTS.length] ?? 'mixed';

/** Runs clients on a new tenant while it is moved by the n-th scenario, and checks their history. */
export const runHistory = async (stack: LiveStack, n: number, seed: string): Promise<Outcome> => {
  const startedAt = performance.now();
  const { ports } = stack;
  const random = new SeededRandom(seed);
  const scenario = drawScenario(n, random);
  const clients = clientsOf(n);
  const name = `history ${n}, seed ${seed}, ${clients} clients: ${JSON.stringify(scenario)}`;
  const added = await addTenant(ports, { tenantId: `h-${n}`, tier: scenario.from, items: scenario.items });
  const { tenantId, table: source, items } = added;
  const keys = hotKeys(random, scenario.items);
  const waits: Waits = { longest: 0, tooShort: 0 };
  const { load, close, indexReads } = startLoad(stack, { tenantId, keys, seed, waits, clients });
  const wrong: string[] = [];
  let migration: Migration | undefined;
  try {
    await sleep(random.between(50, 250));
    migration = await Promise.race([play(stack, tenantId, scenario), stuck()]);
    await sleep(random.between(50, 250));
  } catch (error) {
    wrong.push(error instanceof Error ? (error.stack ?? error.message) : String(error));
  }
  try {
    await load.stop();
  } finally {
    close();
  }
  migration ??= await latest(ports, tenantId);
  const operations = load.history.operations();
  const end = await endOf(ports, tenantId, { source, migration, items, keys });
  wrong.push(...findViolations([...operations, ...end.reads]).map(explain));
  wrong.push(...end.wrong, ...errorsOf(load));
  const read = indexReads();
  wrong.push(...findIndexViolations(read, operations, tenantId));
  if (waits.tooShort > 0) wrong.push(`${waits.tooShort} writes were given up before their wait was over`);
  const events = migration ? await ports.migrations.events(migration.migrationId) : [];
  if (wrong.length > 0) wrong.push(...events.map(inWords), JSON.stringify(migration));
  const count = (has: (operation: Operation) => boolean) => operations.filter(has).length;
  const errors = load.errors();
  const named = (error: string) =>
    errors
      .flatMap((each) => Object.entries(each))
      .reduce((sum, [found, times]) => sum + (found.startsWith(error) ? times : 0), 0);
  const tells = (words: RegExp, status?: Status) =>
    events.filter(({ reason, to }) => words.test(reason) && to === (status ?? to)).length;
  return {
    name,
    clients,
    wrong,
    operations: operations.length,
    writes: count(({ outcome }) => outcome.is === 'written'),
    refused: count(({ outcome }) => outcome.is === 'refused'),
    indexReads: read.length,
    transactions: count(
      ({ key, outcome }) => key === pairAt(keys).name && ['seen', 'written', 'refused'].includes(outcome.is),
    ),
    cutOff: named('TenantLeaseExpired'),
    fencedOff: named('TenantWriteFenced'),
    fences: tells(/^writes fenced/),
    flips: tells(/^flipped/, 'holding'),
    reverseFlips: tells(/^flipped/, 'rollingBack'),
    reopened: tells(/writes reopened/),
    status: migration?.status ?? 'none',
    longestWaitMs: waits.longest,
    ms: performance.now() - startedAt,
  };
};

/** Returns keys that are spread over the other items, so that every segment has some. */
export const hotKeys = (random: SeededRandom, items: number): [string, ...string[]] => {
  const key = (n: number) =>
    `STUDENT#${String(random.between(0, items)).padStart(6, '0')}#COURSE#${n}` as const;
  return [key(0), ...Array.from({ length: HOT_KEYS - 1 }, (_, n) => key(n + 1))];
};

interface LoadOf {
  readonly tenantId: string;
  readonly keys: [string, ...string[]];
  readonly seed: string;
  readonly waits: Waits;
  readonly clients?: Clients;
  readonly pauseMs?: number;
}

/** Returns the pair of these keys' clients. */
const pairAt = (keys: LoadOf['keys']): Pair => pairOf(keys[0], keys.at(-1) ?? keys[0]);

/** Starts clients with a router each. */
export const startLoad = (
  { client: dynamodb, ports }: LiveStack,
  { tenantId, keys, seed, waits, clients = 'plain', pauseMs = 60 }: LoadOf,
): {
  readonly load: Load;
  close(): void;
  /** To be called after the load was stopped. */
  indexReads(): readonly IndexRead[];
} => {
  const client = dynamoClient(dynamodb);
  const routeClients: DynamoDBClient[] = [];
  const stopping = new AbortController();
  const random = new SeededRandom(`${seed} suspensions`);
  const own = measuredRouter({ client, clock: systemClock, maxWriteWaitMs: 20_000 }, waits);
  const lister = startIndexReads({ router: own, client, tenantId });
  let indexReads: readonly IndexRead[] = [];
  const load = startClients({
    dynamodb,
    tenantId,
    keys,
    pair: pairAt(keys),
    seed,
    leaseMs: ports.settings.cutoverLeaseMs,
    pauseMs,
    processOf(clock) {
      const process = new SuspendableProcess(clock);
      if (random.chance(SUSPENDED_SHARE)) suspendAtTimes(process, random, stopping.signal);
      return process;
    },
    router: ({ number, clock, dynamodb: ofProcess }) => {
      const routes = dynamoClient(ofProcess);
      routeClients.push(routes);
      const maxWriteWaitMs = number % 4 === 1 ? 800 : 20_000;
      const router = measuredRouter({ client: routes, clock, maxWriteWaitMs }, waits);
      // clients of both kinds see each other's writes
      const isRouted = clients === 'routed' || (clients === 'mixed' && number % 4 >= 2);
      return isRouted ? byRoutedClient(router) : router;
    },
  });
  const stop = async () => {
    stopping.abort();
    indexReads = await lister.stop();
    return load.stop();
  };
  const close = () => {
    for (const one of [client, ...routeClients]) one.destroy();
  };
  return { load: { ...load, stop }, close, indexReads: () => indexReads };
};

/** Share of the clients whose processes are suspended at times. */
const SUSPENDED_SHARE = 0.4;
/** Bounds of the times for which a process runs and is suspended, in ms: mostly longer than its lease. */
const RUNS_MS = { least: 300, most: 4_000 };
const SUSPENDED_MS = { least: 300, most: 4_000 };

const suspendAtTimes = async (
  process: SuspendableProcess,
  random: SeededRandom,
  signal: AbortSignal,
): Promise<void> => {
  const wait = (ms: number) => sleep(ms, undefined, { signal }).catch(() => undefined);
  while (!signal.aborted) {
    await wait(random.between(RUNS_MS.least, RUNS_MS.most));
    await process.suspend(wait(random.between(SUSPENDED_MS.least, SUSPENDED_MS.most)));
  }
};

const stuck = async (): Promise<never> => {
  await sleep(STUCK_MS, undefined, { ref: false });
  throw new Error(`the migration has not ended in ${STUCK_MS} ms`);
};

const latest = async (ports: Ports, tenantId: TenantId): Promise<Migration | undefined> =>
  (await collect(ports.migrations.list({ tenantId })))[0];

interface ExpectedEnd {
  readonly source: TableName;
  readonly migration: Migration | undefined;
  readonly items: readonly Item[];
  readonly keys: LoadOf['keys'];
}

/** Reads the tables at the end without a router. @returns reads of the hot keys, and violations of all other items. */
const endOf = async (
  ports: Ports,
  tenantId: TenantId,
  { source, migration, items, keys }: ExpectedEnd,
): Promise<{ readonly reads: Operation[]; readonly wrong: string[] }> => {
  if (!migration) return { reads: [], wrong: ['there is no migration'] };
  const { status, target } = migration;
  const wrong: string[] = [];
  const check = (is: boolean, what: string) => {
    if (!is) wrong.push(what);
  };
  check(isClosed(status), `the migration is ${status}`);
  const [live, other] = status === 'completed' ? [target.table, source] : [source, target.table];
  const route = await ports.routes.get(tenantId);
  check(route?.table === live, `the route says ${route?.table}, not ${live}`);
  check(route?.writes === 'open', `writes are ${route?.writes}`);
  check(route?.capture === undefined, 'capture is armed');
  const tenant = await ports.registry.tenant(tenantId);
  check(tenant?.table === live, `the registry says ${tenant?.table}, not ${live}`);
  check(tenant?.lockedBy === undefined, `${tenant?.lockedBy} has the lock`);
  const calledAt = performance.now();
  const found = await itemsOf(ports, tenantId, route?.table ?? source);
  const answeredAt = performance.now();
  const byKey = new Map(found.map((item) => [sortOf(item), item]));
  const valueAt = (key: string) => byKey.get(key)?.value?.S;
  const pair = pairAt(keys);
  const [first, last] = pair.keys;
  const values = new Map([
    ...keys.map((key) => [key, valueAt(key)] as const),
    [pair.name, valueOfPair(valueAt(first), valueAt(last))],
  ]);
  const reads = [...values].map(
    ([key, value]): Operation => ({
      key,
      client: -1,
      call: { kind: 'read' },
      calledAt,
      answeredAt,
      outcome: { is: 'seen', value },
    }),
  );
  for (const item of items) {
    const key = sortOf(item);
    check(isDeepStrictEqual(byKey.get(key), item), `${key} has changed, although no client wrote it`);
  }
  const known = new Set([...keys, ...pair.keys, ...items.map(sortOf)]);
  const unknown = [...byKey.keys()].filter((key) => !known.has(key));
  check(unknown.length === 0, `no client wrote ${unknown}`);
  const left = other === undefined || other === live ? [] : await itemsOf(ports, tenantId, other);
  check(left.length === 0, `${other} has ${left.map(sortOf)} still`);
  for await (const each of ports.migrations.list({ tenantId })) {
    const lasting = await lastingEntries(ports, each.migrationId);
    check(lasting.length === 0, `the journal of ${each.migrationId} has ${lasting}`);
  }
  return { reads, wrong };
};

/** Returns entries left in the journal. Waits, since a worker that was stopped may still be clearing it. */
const lastingEntries = async (ports: Ports, migrationId: MigrationId): Promise<string[]> => {
  for (let tries = 0; ; tries += 1) {
    const sides = await Promise.all([
      ports.journal.entries(migrationId, 'source', 10),
      ports.journal.entries(migrationId, 'target', 10),
    ]);
    const lasting = sides.flat();
    if (lasting.length === 0 || tries === 20) return lasting.map(({ key }) => key);
    await sleep(100);
  }
};

const errorsOf = (load: Load): string[] =>
  load
    .errors()
    .flatMap(Object.entries)
    .filter(([error]) => !ALLOWED.some((allowed) => error.startsWith(allowed)))
    .map(([error, times]) => `a client had ${times} ${error}`);

const inWords = ({ at, who, from, to, reason }: MigrationEvent): string =>
  `  ${new Date(at).toISOString().slice(11, 23)} ${from ?? 'request'} -> ${to}: ${reason} (${who})`;
