import { InvalidRequest, NotSafe } from '../errors.ts';
import { type EpochMs, epochMs, type MigrationId, type RoutingEpoch } from '../names.ts';
import type { Ports } from '../ports.ts';
import { disarm, type Route, reopen, withLease } from '../routing/route.ts';
import { EPOCH_JUMP } from './check-tenant.ts';
import type { MendedMigration } from './control-records.ts';
import { type DiagnoseOptions, diagnose } from './diagnose.ts';
import type { Finding, Mend } from './finding.ts';
import { holdsItems } from './tenant-case.ts';

export interface MendRequest {
  readonly id: string;
  readonly by: string;
  readonly why: string;
}

/** In the fence of a route that is being mended: no migration has this id. */
const MENDER = 'mend' as MigrationId;
/** Time beyond the leases for which the fence of a mend stands, in ms. Past it a watchdog reopens writes. */
const FENCE_MS = 30_000;

/**
 * Mends one finding: reads all records again, and writes only if the finding is still there and its records are as they were
 * read. @returns the finding that was mended. @throws InvalidRequest if there is no such finding any more.
 * @throws NotSafe if no write is safe: nothing was changed. @throws Conflict if a record changed at the same moment.
 */
export const mendFinding = async (
  ports: Ports,
  request: MendRequest,
  options: DiagnoseOptions = {},
): Promise<Finding> => {
  const { findings } = await diagnose(ports, options);
  const found = findings.find(({ id }) => id === request.id);
  if (!found)
    throw new InvalidRequest(
      `there is no finding '${request.id}' any more. Nothing was changed. See 'tierferry doctor'`,
    );
  const { next } = found;
  if (next.action === 'byHand') throw new NotSafe(`${found.what} Nothing was changed. ${next.todo}`);
  if (next.action !== 'mend')
    throw new NotSafe(`${found.what} Nothing was changed. 'tierferry doctor' names the command for it`);
  await makeMend(ports, next.mend, request);
  ports.log.info({ finding: found.id, by: request.by }, 'finding mended');
  return found;
};

/** Makes the write of a finding, if its records are as they were read. @throws Conflict */
export const makeMend = async (
  ports: Ports,
  mend: Mend,
  request: Pick<MendRequest, 'by' | 'why'>,
): Promise<void> => {
  const { control, routes, settings, journal } = ports;
  switch (mend.kind) {
    case 'reopen': {
      const { route } = mend;
      const migrationId = route.fence?.migrationId ?? MENDER;
      return routes.compareAndSet(route, reopen(route, { migrationId, leaseMs: route.leaseMs }));
    }
    case 'restoreLease':
      return routes.compareAndSet(mend.route, withLease(mend.route, settings.leaseMs));
    case 'endCapture':
      await routes.compareAndSet(mend.route, disarm(mend.route, mend));
      return journal.clear(mend.migrationId);
    case 'addRoute':
      return control.addRoute(mend.route);
    case 'moveRoute':
      return moveRoute(ports, mend);
    case 'setTenant':
      return control.setTenant(mend.from, mend.to);
    case 'addTenant':
      return control.addTenant(mend.tenant);
    case 'setCounts':
      return control.setCounts(mend.table, mend.counts);
    case 'setLatest':
      return control.setLatest(mend.tenantId, mend.from, mend.to);
    case 'clearJournal':
      return journal.clear(mend.migrationId);
    case 'releaseAdmission':
      return releaseAdmission(ports, mend.migrationId);
    case 'markDropped':
      await ports.registry.markDropping(mend.table);
      return ports.registry.markDropped(mend.table);
    case 'complete':
    case 'endRolledBack':
    case 'hold':
      return setMigration(ports, mend, request);
  }
};

/**
 * Points a route to the other table, under a fence: once all leases are out, no write through the router is on its way to
 * the table that is left. @throws NotSafe if that table has to be empty, and is not.
 */
const moveRoute = async (ports: Ports, mend: Extract<Mend, { kind: 'moveRoute' }>): Promise<void> => {
  const { route, to, capture, migration } = mend;
  const { leaseMs, leaseGraceMs } = ports.settings;
  const { fence: _, ...open } = route;
  const waitMs = Math.max(route.leaseMs, leaseMs) + leaseGraceMs;
  const fenced: Route = {
    ...open,
    // steps that were begun with the route as it was before the restore must not find its epoch again
    epoch: (route.epoch + EPOCH_JUMP) as RoutingEpoch,
    writes: 'fenced',
    fence: { migrationId: MENDER, deadline: epochMs(ports.clock.now() + waitMs + FENCE_MS) },
  };
  await ports.routes.compareAndSet(route, fenced);
  await ports.clock.sleep(waitMs);
  if (!migration && (await holdsItems(ports, route.tenantId, route.table))) {
    await ports.routes.compareAndSet(fenced, reopen(fenced, { migrationId: MENDER, leaseMs: route.leaseMs }));
    throw new NotSafe(
      `table ${route.table} holds items of tenant ${route.tenantId} that were written meanwhile. The route is as before. Run 'tierferry doctor' again`,
    );
  }
  // the comparison with the kept source finds what was written to it: it must not rely on an earlier one
  if (migration) await ports.migrations.update(migration, { rollbackStoppedIn: migration.attempt });
  const { fence: __, capture: ___, ...rest } = fenced;
  await ports.routes.compareAndSet(fenced, {
    ...rest,
    table: to,
    epoch: (fenced.epoch + 1) as RoutingEpoch,
    writes: 'open',
    leaseMs,
    ...(capture ? { capture } : {}),
  });
};

const releaseAdmission = async ({ admissions }: Ports, migrationId: MigrationId): Promise<void> => {
  const before = await admissions.current();
  await admissions.replace(
    before,
    before.admitted.filter((one) => one.migrationId !== migrationId),
  );
};

const setMigration = async (
  ports: Ports,
  mend: Extract<Mend, { kind: 'complete' | 'endRolledBack' | 'hold' }>,
  { by, why }: Pick<MendRequest, 'by' | 'why'>,
): Promise<void> => {
  const { migration, table } = mend;
  const at = ports.clock.now();
  // the flip was made, so the partition had been claimed
  if (mend.kind === 'hold') await ports.migrations.claimPartition(migration.migrationId, table);
  await ports.control.setMigration(migration, fieldsOf(mend, at), {
    at,
    who: by,
    why: `mended after a restore: ${why}`,
  });
};

const fieldsOf = (
  mend: Extract<Mend, { kind: 'complete' | 'endRolledBack' | 'hold' }>,
  at: EpochMs,
): MendedMigration => {
  const target = { ...mend.migration.target, table: mend.table };
  switch (mend.kind) {
    case 'complete':
      return { status: 'completed', registryChange: 'released', locked: false, target };
    case 'endRolledBack':
      return { status: 'rolledBack', registryChange: 'none', locked: false };
    case 'hold':
      return {
        status: 'holding',
        registryChange: mend.registryChange,
        locked: true,
        target,
        flippedAt: at,
        rollbackStoppedIn: mend.migration.attempt,
      };
  }
};
