import pLimit from 'p-limit';
import { InvalidRequest, Throttled, Unavailable } from '../errors.ts';
import { isClosed, STATUSES, type Status } from '../life-cycle.ts';
import type { Migration } from '../migration.ts';
import type { TenantId } from '../names.ts';
import type { Ports } from '../ports.ts';

/**
 * State of a migration's execution: `running`; `waiting` in the queue without an execution; `ended` with the migration.
 * `stopped`: the migration has not ended, but has no running execution until an operator retries it. `unknown`: Step
 * Functions did not answer.
 */
export const EXECUTIONS = ['running', 'waiting', 'ended', 'stopped', 'unknown'] as const;
export type Execution = (typeof EXECUTIONS)[number];
/**
 * The state that decides what an operator may do. `starting`: the execution was started a moment ago and may not be
 * visible yet.
 */
export type OperatorExecution = Execution | 'starting';

export interface MigrationWithExecution {
  readonly migration: Migration;
  readonly execution: Execution;
}

/**
 * Time after a change of its record in which an execution may not be visible, in ms: DescribeExecution is eventually
 * consistent. [API reference]
 */
const JUST_STARTED_MS = 5_000;
/** Number of concurrent requests for executions. */
const CONCURRENT_REQUESTS = 8;

/** Returns the state of a migration's execution, as Step Functions reports it. */
export const executionOf = async (
  { workflow }: Pick<Ports, 'workflow'>,
  { migrationId, attempt, status, dryRun }: Migration,
): Promise<Execution> => {
  if (isClosed(status)) return 'ended';
  if (status === 'queued' && !dryRun) return 'waiting';
  try {
    return (await workflow.isRunning(migrationId, attempt)) ? 'running' : 'stopped';
  } catch (error) {
    // a read-only command may not know the state machines
    const isUnknown = [Throttled, Unavailable, InvalidRequest].some((known) => error instanceof known);
    if (isUnknown) return 'unknown';
    throw error;
  }
};

/** Selects the migrations to list: those of one tenant, or with one of these statuses. */
export interface ListFilter {
  readonly tenantId?: TenantId | undefined;
  readonly statuses?: readonly Status[] | undefined;
}

/** Returns the latest migrations. Stopped ones come first, however old they are. */
export const listMigrations = async (
  ports: Ports,
  { tenantId, statuses, limit }: ListFilter & { readonly limit: number },
): Promise<readonly MigrationWithExecution[]> => {
  const ofTenant = tenantId === undefined ? {} : { tenantId };
  const matches = ({ status }: Migration) => statuses === undefined || statuses.includes(status);
  const stopped = (await listStoppedMigrations(ports, ofTenant)).filter(matches);
  const ids = new Set(stopped.map(({ migrationId }) => migrationId));
  const latest: Migration[] = [];
  for await (const migration of ports.migrations.list(ofTenant)) {
    if (latest.length + stopped.length >= limit) break;
    if (matches(migration) && !ids.has(migration.migrationId)) latest.push(migration);
  }
  return [
    ...stopped.map((migration): MigrationWithExecution => ({ migration, execution: 'stopped' })),
    ...(await listExecutions(ports, latest)),
  ];
};

/** Returns every open migration: those that have not ended, whatever their number and age. Latest first. */
export const listOpenMigrations = async (
  ports: Ports,
  ofTenant: { readonly tenantId?: TenantId | undefined } = {},
): Promise<readonly MigrationWithExecution[]> => {
  const open: Migration[] = [];
  for (const status of STATUSES) {
    if (isClosed(status)) continue;
    for await (const migration of ports.migrations.list({ ...ofTenant, status })) open.push(migration);
  }
  return listExecutions(
    ports,
    open.sort((a, b) => (a.migrationId < b.migrationId ? 1 : -1)),
  );
};

/** Returns all stopped migrations: those that have not ended and have no running execution. Latest first. */
export const listStoppedMigrations = async (
  ports: Ports,
  ofTenant: { readonly tenantId?: TenantId | undefined } = {},
): Promise<readonly Migration[]> =>
  (await listOpenMigrations(ports, ofTenant)).flatMap(({ migration, execution }) =>
    execution === 'stopped' ? [migration] : [],
  );

/** Adds the state of its execution to each migration. */
export const listExecutions = async (
  ports: Ports,
  migrations: readonly Migration[],
): Promise<readonly MigrationWithExecution[]> => {
  const limit = pLimit(CONCURRENT_REQUESTS);
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
