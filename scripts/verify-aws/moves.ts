import { BatchWriteItemCommand, type DynamoDBClient, type WriteRequest } from '@aws-sdk/client-dynamodb';
import { type LambdaClient, ListEventSourceMappingsCommand } from '@aws-sdk/client-lambda';
import {
  type HistoryEvent,
  ListExecutionsCommand,
  paginateGetExecutionHistory,
  type SFNClient,
} from '@aws-sdk/client-sfn';
import type { Item } from '../../functions/migration/items/items.ts';
import { isClosed, statusWords } from '../../functions/migration/life-cycle.ts';
import { BATCH_WRITE_ITEMS } from '../../functions/migration/limits.ts';
import type { Migration } from '../../functions/migration/migration.ts';
import type { TableName, TenantId } from '../../functions/migration/names.ts';
import { registerTenant } from '../../functions/migration/operator/register-tenant.ts';
import { rollbackMigration } from '../../functions/migration/operator/rollback-migration.ts';
import type { Ports } from '../../functions/migration/ports.ts';
import { requestMigration } from '../../functions/migration/requests/request-migration.ts';
import { controlTables } from '../../functions/migration/settings/settings.ts';
import { districtItems } from '../demo/school-data.ts';
import type { Answer } from './answers.ts';
import { Application, type WriteTraffic } from './application.ts';
import { TIERS } from './deployment-name.ts';
import { historyAnswer } from './history-events.ts';
import type { ItemDifferences } from './known-items.ts';
import { ObservedStates } from './seen-states.ts';

const TENANT = 'made-up-district' as TenantId;
const BY = 'verify:aws';
const SCHOOLS = 9;
const POLL_MS = 2_000;
const SCHOOL_MS = 2 * 60_000;
/** Long enough for the rollback. */
const HOLD_MS = 60 * 60_000;

export interface MoveContext {
  readonly ports: Ports;
  readonly dynamodb: DynamoDBClient;
  readonly lambda: LambdaClient;
  readonly sfn: SFNClient;
  /** ARN of the machine `tier-migration`, without its alias. */
  readonly machineArn: string;
  readonly items: number;
  readonly now: () => number;
  /** Waits. Rejects with the signal's reason if it aborts. */
  readonly sleep: (ms: number) => Promise<unknown>;
  say(line: string): void;
}

/** One migration, with its effect on the application. */
export interface Move {
  readonly name: string;
  readonly migrationId: string;
  readonly status: Migration['status'];
  readonly traffic: WriteTraffic;
  readonly differences: ItemDifferences;
}

/** Moves the made-up tenant several times, each time while the application writes. */
export const moveTenant = async (
  world: MoveContext,
): Promise<{ readonly moves: readonly Move[]; readonly answers: readonly Answer[] }> => {
  const { ports } = world;
  const application = new Application(world.dynamodb, TENANT, controlTables(ports.settings).routes);
  await seed(world, application);
  const writeDuring = async (name: string, work: () => Promise<Migration>): Promise<Move> => {
    world.say(`move: ${name}`);
    const { result, traffic } = await application.whileWriting(work);
    const differences = await application.check(ports.partition(TENANT), await liveTable(ports));
    return { name, migrationId: result.migrationId, status: result.status, traffic, differences };
  };
  const upgrade = await writeDuring('up', () => migrate(world, TIERS.second, HOLD_MS, 'holding'));
  const reverseMove = await writeDuring('back', async () => {
    await rollbackMigration(ports, upgrade.migrationId, { by: BY, reason: 'verification' });
    return ended(world, upgrade.migrationId, 'rolledBack');
  });
  const mapping = new ObservedStates(world.now);
  const into = await writeDuring('into a dedicated table', () =>
    pollDuring(pollMapping(world, mapping), () => migrate(world, TIERS.own, 0, 'completed')),
  );
  const out = await writeDuring('out of the dedicated table', () =>
    migrate(world, TIERS.second, 0, 'completed'),
  );
  const answers = [
    mapping.answer('mapping'),
    await indexAnswer(ports, out.migrationId),
    await history(world, out.migrationId),
    await schoolAnswer(world, application),
  ];
  return { moves: [upgrade, reverseMove, into, out], answers };
};

const seed = async (
  { ports, dynamodb, items, sleep }: MoveContext,
  application: Application,
): Promise<void> => {
  const { table } = await registerTenant(ports, {
    tenantId: TENANT,
    name: 'Made-up district',
    tier: TIERS.first,
    schoolCount: SCHOOLS,
    by: BY,
  });
  const all = [...districtItems({ tenantId: TENANT, schools: SCHOOLS, items, seed: BY })];
  for (let from = 0; from < all.length; from += BATCH_WRITE_ITEMS) {
    const batch = all.slice(from, from + BATCH_WRITE_ITEMS);
    let left: WriteRequest[] = batch.map((Item) => ({ PutRequest: { Item } }));
    while (left.length > 0) {
      const answer = await dynamodb.send(new BatchWriteItemCommand({ RequestItems: { [table]: left } }));
      left = answer.UnprocessedItems?.[table] ?? [];
      if (left.length > 0) await sleep(POLL_MS);
    }
    for (const item of batch) application.known.acknowledged(item);
  }
};

const migrate = async (
  world: MoveContext,
  toTier: string,
  holdMs: number,
  wanted: Migration['status'],
): Promise<Migration> => {
  const { migrationId } = await requestMigration(world.ports, {
    tenantId: TENANT,
    toTier,
    holdMs,
    requestedBy: BY,
    reason: 'verification',
  });
  return ended(world, migrationId, wanted);
};

/** Polls until the migration has this status. @throws Error if it is closed with another */
const ended = async (
  { ports, sleep, say }: MoveContext,
  id: string,
  wanted: Migration['status'],
): Promise<Migration> => {
  let before: Migration['status'] | undefined;
  for (;;) {
    const migration = await ports.migrations.get(id as Migration['migrationId']);
    if (!migration) throw new Error(`migration ${id} has no record`);
    if (migration.status !== before) say(`  ${id}: ${statusWords(migration.status)}`);
    before = migration.status;
    if (migration.status === wanted) return migration;
    if (isClosed(migration.status))
      throw new Error(
        `migration ${id} is ${statusWords(migration.status)}, not ${statusWords(wanted)}: ${migration.failure?.error ?? 'no error is recorded'}`,
      );
    await sleep(POLL_MS);
  }
};

const liveTable = async (ports: Ports): Promise<TableName> => {
  const route = await ports.routes.get(TENANT);
  if (!route) throw new Error(`tenant ${TENANT} has no route`);
  return route.table;
};

/** Runs `work` and repeats `poll` until it has ended. Ignores errors of the poll. */
const pollDuring = async <T>(poll: () => Promise<void>, work: () => Promise<T>): Promise<T> => {
  let isOver = false;
  const polling = (async () => {
    while (!isOver) await poll().catch(() => undefined);
  })();
  try {
    return await work();
  } finally {
    isOver = true;
    await polling;
  }
};

/** Notes the states of the mapping between the new dedicated table's stream and capture. */
const pollMapping =
  ({ lambda, ports, sleep }: MoveContext, seen: ObservedStates) =>
  async (): Promise<void> => {
    await sleep(POLL_MS);
    const { EventSourceMappings = [] } = await lambda.send(
      new ListEventSourceMappingsCommand({ FunctionName: `${ports.settings.prefix}-capture-changes` }),
    );
    const found = EventSourceMappings.find(({ EventSourceArn = '' }) =>
      EventSourceArn.includes(`-tenant-data-${TIERS.own}-`),
    );
    if (found?.State !== undefined) seen.state(found.State);
  };

/**
 * Reads from the report whether the indexes were checked. The migration queries them with the tenant's own role; if that is
 * denied, the check stays unfinished.
 */
const indexAnswer = async (ports: Ports, id: string): Promise<Answer> => {
  const report = await ports.migrations.report(id as Migration['migrationId']);
  const states = report?.indexes === undefined ? [] : ['index check passed'];
  return { id: 'leading-keys-of-index', errors: [], states };
};

const history = async ({ sfn, machineArn }: MoveContext, id: string): Promise<Answer> => {
  const events: HistoryEvent[] = [];
  const listed = await sfn.send(new ListExecutionsCommand({ stateMachineArn: machineArn }));
  const executionArn = listed.executions?.find(({ name = '' }) => name.startsWith(id))?.executionArn;
  for await (const page of paginateGetExecutionHistory({ client: sfn }, { executionArn }))
    events.push(...(page.events ?? []));
  return historyAnswer(events);
};

/** Writes one more school through the application, and waits until the registry has counted it. */
const schoolAnswer = async (
  { ports, now, sleep }: MoveContext,
  application: Application,
): Promise<Answer> => {
  const seen = new ObservedStates(now);
  const school: Item = {
    tenantId: { S: TENANT },
    entityKey: { S: 'SCHOOL#verification' },
    entityType: { S: 'SCHOOL' },
  };
  await application.write(school);
  const deadline = now() + SCHOOL_MS;
  while (now() < deadline) {
    const tenant = await ports.registry.tenant(TENANT);
    if (tenant?.schoolCount === SCHOOLS + 1) {
      seen.state('counted');
      break;
    }
    await sleep(POLL_MS);
  }
  return seen.answer('school-event');
};
