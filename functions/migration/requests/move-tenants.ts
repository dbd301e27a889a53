import pLimit from 'p-limit';
import { fallbackIfDamaged } from '../fallback-if-damaged.ts';
import { isClosed, isFlipped, statusWords } from '../life-cycle.ts';
import type { Migration } from '../migration.ts';
import type { MigrationId, TenantId } from '../names.ts';
import type { NextStep } from '../next-action.ts';
import type { Ports } from '../ports.ts';
import { findMigration } from '../record/find-migration.ts';
import type { Tenant } from '../registry/tenant.ts';
import type { MigrationRequest } from './request-migration.ts';
import { type Repeats, requestOnce } from './request-once.ts';

/** Number of migrations that are polled concurrently, and the time between two polls of one, in ms. */
const POLLED_AT_ONCE = 8;
const POLL_MS = 500;
/** Number of polls after which an execution that does not show as running counts as dead: a new one may not show at once. */
const QUIET_POLLS = 6;

/** A tenant to be moved to another table, with the request for it. */
export interface TenantMove {
  readonly tenant: Tenant;
  readonly request: Pick<MigrationRequest, 'toTier' | 'dedicated' | 'reason'>;
}

/** Options for moving several tenants. */
export interface MoveOptions {
  readonly by: string;
  /** True to wait until every tenant has moved or stays; false to return once all migrations are requested. */
  readonly waits: boolean;
  /** Called with each migration when it is requested, and when its tenant has moved or stays. */
  readonly onChange?: (migration: Migration) => void;
  /** Stops requesting and waiting. Migrations that were requested continue. */
  readonly signal?: AbortSignal;
}

/** A tenant that was not moved, with the reason and what an operator does about it. */
interface Stays {
  readonly tenantId: TenantId;
  readonly reason: string;
  readonly next?: NextStep;
}

/** Result of moving several tenants. */
export interface MoveResult {
  /** Migrations that are running or queued; empty if the call waited for them. */
  readonly requested: readonly MigrationId[];
  /** Migrations that have flipped. Their sources are kept for the hold. */
  readonly moved: readonly MigrationId[];
  /** Tenants that were not moved, with the reasons. */
  readonly stays: readonly Stays[];
}

/**
 * Requests the migrations of several tenants, which run as the queue admits them. Does not request a second migration of a
 * tenant that is leaving its table already, so it is safe to call again after an interruption.
 */
export const moveTenants = async (
  ports: Ports,
  all: Iterable<TenantMove> | AsyncIterable<TenantMove>,
  options: MoveOptions,
  repeats: Repeats,
): Promise<MoveResult> => {
  const { by, onChange, signal } = options;
  const stays: Stays[] = [];
  const requested: Migration[] = [];
  for await (const { tenant, request } of all) {
    signal?.throwIfAborted();
    const asked = await requestOnce(ports, tenant, { ...request, requestedBy: by }, repeats);
    if (asked.kind === 'stays') {
      const { kind: _, ...refusal } = asked;
      stays.push({ tenantId: tenant.tenantId, ...refusal });
      continue;
    }
    onChange?.(asked.migration);
    requested.push(asked.migration);
  }
  if (!options.waits) return { requested: requested.map(({ migrationId }) => migrationId), moved: [], stays };
  const moved: MigrationId[] = [];
  await pLimit(POLLED_AT_ONCE).map(requested, async (one) => {
    const migration = await fallbackIfDamaged(waitForFlipOrEnd(ports, one, signal), undefined);
    if (!migration) {
      const reason = `the record of ${one.migrationId} is damaged; repair it (docs/operations/damaged-records.md)`;
      stays.push({ tenantId: one.tenantId, reason });
      return;
    }
    onChange?.(migration);
    if (isFlipped(migration.status)) moved.push(migration.migrationId);
    else {
      const next = migration.failure?.next;
      const reason = stayReason(migration);
      stays.push({ tenantId: migration.tenantId, reason, next });
    }
  });
  return { requested: [], moved, stays };
};

const stayReason = ({ migrationId, status, failure }: Migration): string =>
  `${migrationId} is ${statusWords(status)}${failure ? `: ${failure.cause}` : ''}`;

/**
 * Waits until a migration has flipped or its execution has ended. Reads the record after the execution's state, since the
 * execution's last step saves the failure after the migration has closed.
 */
const waitForFlipOrEnd = async (
  ports: Ports,
  { migrationId, attempt }: Migration,
  signal: AbortSignal | undefined,
): Promise<Migration> => {
  for (let quiet = 0; ; ) {
    const isRunning = await ports.workflow.isRunning(migrationId, attempt);
    const migration = await findMigration(ports, migrationId);
    const isQueued = migration.status === 'queued';
    quiet = isRunning || isQueued ? 0 : quiet + 1;
    if (isFlipped(migration.status) || quiet >= (isClosed(migration.status) ? 1 : QUIET_POLLS))
      return migration;
    await ports.clock.sleep(POLL_MS, signal);
  }
};
