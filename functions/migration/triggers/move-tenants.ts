import pLimit from 'p-limit';
import { isClosed, isFlipped } from '../life-cycle.ts';
import type { Migration } from '../migration.ts';
import type { MigrationId, TenantId } from '../names.ts';
import type { Ports } from '../ports.ts';
import type { Tenant } from '../registry/records.ts';
import { unlessDamaged } from '../unless-damaged.ts';
import { findMigration } from './find-migration.ts';
import type { MigrationRequest } from './request-migration.ts';
import { type Repeats, requestOnce } from './request-once.ts';

/** Migrations that are looked at side by side, and ms between two looks at one. */
const LOOKS = 8;
const LOOK_MS = 500;
/** Looks at an execution that is not under way until it is taken for dead: one that was just started may not show yet. */
const QUIET_LOOKS = 6;

/** A tenant that is to leave its table. */
export interface Leaving {
  readonly tenant: Tenant;
  readonly request: Pick<MigrationRequest, 'toTier' | 'dedicated' | 'reason'>;
}

/** How several tenants are moved. */
export interface Moving {
  readonly by: string;
  /** Whether it waits until every tenant has moved or stays; else it returns when all are requested. */
  readonly waits: boolean;
  /** Hears of each migration when it is requested, and when the tenant has moved or stays. */
  readonly onChange?: (migration: Migration) => void;
  /** Ends the requesting and the waiting; what was requested goes on. */
  readonly signal?: AbortSignal;
}

export interface Moved {
  /** Migrations that are on their way or wait for their turn; none where it was waited for them. */
  readonly requested: readonly MigrationId[];
  /** Migrations whose tenant lives elsewhere now; their sources are kept for the hold. */
  readonly moved: readonly MigrationId[];
  /** Who stays, and why. */
  readonly stays: readonly { readonly tenantId: TenantId; readonly why: string }[];
}

/**
 * Requests the moves of tenants, which take their turn in the queue. A tenant that is leaving its table already is not
 * asked again, so it may be called again after it was stopped.
 */
export const moveTenants = async (
  ports: Ports,
  all: Iterable<Leaving> | AsyncIterable<Leaving>,
  moving: Moving,
  repeats: Repeats,
): Promise<Moved> => {
  const { by, onChange, signal } = moving;
  const stays: { tenantId: TenantId; why: string }[] = [];
  const requested: Migration[] = [];
  for await (const { tenant, request } of all) {
    signal?.throwIfAborted();
    const asked = await requestOnce(ports, tenant, { ...request, requestedBy: by }, repeats);
    if (asked.kind === 'stays') {
      stays.push({ tenantId: tenant.tenantId, why: asked.why });
      continue;
    }
    onChange?.(asked.migration);
    requested.push(asked.migration);
  }
  if (!moving.waits) return { requested: requested.map(({ migrationId }) => migrationId), moved: [], stays };
  const moved: MigrationId[] = [];
  await pLimit(LOOKS).map(requested, async (one) => {
    const migration = await unlessDamaged(untilFlippedOrOver(ports, one, signal), undefined);
    if (!migration) {
      const why = `the record of ${one.migrationId} is damaged; see docs/operations/damaged-records.md`;
      stays.push({ tenantId: one.tenantId, why });
      return;
    }
    onChange?.(migration);
    if (isFlipped(migration.status)) moved.push(migration.migrationId);
    else stays.push({ tenantId: migration.tenantId, why: whyItStays(migration) });
  });
  return { requested: [], moved, stays };
};

const whyItStays = ({ migrationId, status, failure }: Migration): string =>
  `${migrationId} is ${status}${failure ? `: ${failure.cause}` : ''}`;

/** Why it failed is noted by the execution's last step, after it has closed; so the record is read after the execution. */
const untilFlippedOrOver = async (
  ports: Ports,
  { migrationId, attempt }: Migration,
  signal: AbortSignal | undefined,
): Promise<Migration> => {
  for (let quiet = 0; ; ) {
    const isRunning = await ports.workflow.isRunning(migrationId, attempt);
    const migration = await findMigration(ports, migrationId);
    const waitsForItsTurn = migration.status === 'queued';
    quiet = isRunning || waitsForItsTurn ? 0 : quiet + 1;
    if (isFlipped(migration.status) || quiet >= (isClosed(migration.status) ? 1 : QUIET_LOOKS))
      return migration;
    await ports.clock.sleep(LOOK_MS, signal);
  }
};
