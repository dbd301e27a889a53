import pLimit from 'p-limit';
import { InvalidRequest, Throttled, Unavailable } from './errors.ts';
import { isClosed, STATUSES } from './life-cycle.ts';
import type { Migration } from './migration.ts';
import type { TenantId } from './names.ts';
import type { Ports } from './ports.ts';

/**
 * What works on a migration: an execution that is `running`; none yet while it is `waiting` in the queue; none any more once
 * it has `ended`. `stopped`: it has not ended, and nothing works on it until an operator retries it. `unknown`: Step
 * Functions could not be asked.
 */
export const EXECUTIONS = ['running', 'waiting', 'ended', 'stopped', 'unknown'] as const;
export type Execution = (typeof EXECUTIONS)[number];
/** The same for what an operator may do; `starting`: it was started a moment ago, and may not be shown yet. */
export type OperatorExecution = Execution | 'starting';

export interface ListedMigration {
  readonly migration: Migration;
  readonly execution: Execution;
}

/** Time after a change of its record in which an execution may not show yet, in ms: DescribeExecution is eventually consistent. [API reference] */
const JUST_STARTED_MS = 5_000;
/** Executions that are asked for at once. */
const SIDE_BY_SIDE = 8;

/** Asks Step Functions what works on a migration. */
export const executionOf = async (
  { workflow }: Pick<Ports, 'workflow'>,
  { migrationId, attempt, status, dryRun }: Migration,
): Promise<Execution> => {
  if (isClosed(status)) return 'ended';
  if (status === 'queued' && !dryRun) return 'waiting';
  try {
    return (await workflow.isRunning(migrationId, attempt)) ? 'running' : 'stopped';
  } catch (error) {
    // a command that only reads may not know the state machines
    const isUnknown = [Throttled, Unavailable, InvalidRequest].some((known) => error instanceof known);
    if (isUnknown) return 'unknown';
    throw error;
  }
};

/** Returns the latest migrations, those that have stopped first, however old they are. */
export const listMigrations = async (
  ports: Ports,
  { tenantId, limit }: { readonly tenantId?: TenantId; readonly limit: number },
): Promise<readonly ListedMigration[]> => {
  const ofTenant = tenantId === undefined ? {} : { tenantId };
  const stopped = await stoppedMigrations(ports, ofTenant);
  const ids = new Set(stopped.map(({ migrationId }) => migrationId));
  const latest: Migration[] = [];
  for await (const migration of ports.migrations.list(ofTenant)) {
    if (latest.length + stopped.length >= limit) break;
    if (!ids.has(migration.migrationId)) latest.push(migration);
  }
  return [
    ...stopped.map((migration): ListedMigration => ({ migration, execution: 'stopped' })),
    ...(await listExecutions(ports, latest)),
  ];
};

/** Returns all migrations that have not ended and on which nothing works, latest first. */
export const stoppedMigrations = async (
  ports: Ports,
  ofTenant: { readonly tenantId?: TenantId } = {},
): Promise<readonly Migration[]> => {
  const open: Migration[] = [];
  for (const status of STATUSES) {
    if (isClosed(status)) continue;
    for await (const migration of ports.migrations.list({ ...ofTenant, status })) open.push(migration);
  }
  return (await listExecutions(ports, open))
    .flatMap(({ migration, execution }) => (execution === 'stopped' ? [migration] : []))
    .sort((a, b) => (a.migrationId < b.migrationId ? 1 : -1));
};

/** Adds to each migration what works on it. */
export const listExecutions = async (
  ports: Ports,
  migrations: readonly Migration[],
): Promise<readonly ListedMigration[]> => {
  const limit = pLimit(SIDE_BY_SIDE);
  return Promise.all(
    migrations.map((migration) =>
      limit(async () => ({ migration, execution: await listedExecution(ports, migration) })),
    ),
  );
};

const listedExecution = async (ports: Ports, migration: Migration): Promise<Execution> => {
  const execution = await executionOf(ports, migration);
  const isRecent = ports.clock.now() - migration.updatedAt < JUST_STARTED_MS;
  return execution === 'stopped' && isRecent ? 'running' : execution;
};
