import { InvalidRequest, NotSafe } from '../errors.ts';
import { type EpochMs, epochMs, type MigrationId, type RoutingEpoch } from '../names.ts';
import type { Ports } from '../ports.ts';
import { withPastTable } from '../route/past-tables.ts';
import { disarm, type Route, reopen, withLease } from '../route/route.ts';
import { EPOCH_JUMP } from './check-tenant.ts';
import type { MendedMigration } from './control-records.ts';
import { type DiagnoseOptions, diagnose } from './diagnose.ts';
import { type DoctorFinding, type Mend, nextStepOf } from './finding.ts';
import { holdsItems } from './tenant-case.ts';

/** Parameters of the repair of one finding, with the person and the reason for the audit trail. */
export interface MendRequest {
  readonly id: string;
  readonly by: string;
  readonly reason: string;
}

/** Id in the fence of a route that is being repaired. No migration has it. */
const REPAIR_ID = 'mend' as MigrationId;
/** Time after the end of the leases at which a watchdog reopens the fence of a repair, in ms. */
const FENCE_MS = 30_000;

/**
 * Repairs one finding. Reads all records again, and writes only if the finding is still there and its records have not changed
 * since.
 * @returns the repaired finding.
 * @throws InvalidRequest if there is no such finding any more
 * @throws NotSafe if no write is safe; nothing was changed
 * @throws Conflict if a record was changed meanwhile
 */
export const mendFinding = async (
  ports: Ports,
  request: MendRequest,
  options: DiagnoseOptions = {},
): Promise<DoctorFinding> => {
  const { findings } = await diagnose(ports, options);
  const found = findings.find(({ id }) => id === request.id);
  if (!found)
    throw new InvalidRequest(
      `no finding has the id '${request.id}' now. Nothing was changed. List the findings again`,
      { next: { action: 'doctor' } },
    );
  const { next } = found;
  if (next.action === 'by-hand') throw new NotSafe(`${found.what} Nothing was changed`, { next });
  if (next.action !== 'mend')
    throw new NotSafe(
      `${found.what} Nothing was changed. This finding is not repaired by a write; take its next action`,
      { next: nextStepOf(found) },
    );
  await makeMend(ports, next.mend, request);
  ports.log.info({ finding: found.id, by: request.by }, 'finding repaired');
  return found;
};

/** Makes a finding's write, if its records have not changed since they were read. @throws Conflict */
export const makeMend = async (
  ports: Ports,
  mend: Mend,
  request: Pick<MendRequest, 'by' | 'reason'>,
): Promise<void> => {
  const { control, routes, settings, journal } = ports;
  switch (mend.kind) {
    case 'reopen': {
      const { route } = mend;
      const migrationId = route.fence?.migrationId ?? REPAIR_ID;
      return routes.compareAndSet(route, reopen(route, { migrationId, leaseMs: route.leaseMs }));
    }
    case 'lengthenLease':
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
 * Points a route to the other table, under a fence. Once all leases have run out, no write through the router can reach the
 * former table. @throws NotSafe if that table has to be empty, and is not
 */
const moveRoute = async (ports: Ports, mend: Extract<Mend, { kind: 'moveRoute' }>): Promise<void> => {
  const { route, to, capture, migration } = mend;
  const { leaseMs, leaseGraceMs } = ports.settings;
  const { fence: _, ...open } = route;
  const waitMs = Math.max(route.leaseMs, leaseMs) + leaseGraceMs;
  const fenced: Route = {
    ...open,
    // steps that read the route before the restore must not find the same epoch again
    epoch: (route.epoch + EPOCH_JUMP) as RoutingEpoch,
    writes: 'fenced',
    fence: { migrationId: REPAIR_ID, deadline: epochMs(ports.clock.now() + waitMs + FENCE_MS) },
  };
  await ports.routes.compareAndSet(route, fenced);
  await ports.clock.sleep(waitMs);
  if (!migration && (await holdsItems(ports, route.tenantId, route.table))) {
    await ports.routes.compareAndSet(
      fenced,
      reopen(fenced, { migrationId: REPAIR_ID, leaseMs: route.leaseMs }),
    );
    throw new NotSafe(
      `cannot point the route of tenant ${route.tenantId} to ${to}: items of the tenant were written to ${route.table} meanwhile. The route was not changed. Run the doctor again`,
      { facts: { tenantId: route.tenantId, table: route.table }, next: { action: 'doctor' } },
    );
  }
  // the kept source may have been written: the comparison with it must not rely on an earlier one
  if (migration) await ports.migrations.update(migration, { rollbackStoppedIn: migration.attempt });
  const { fence: __, capture: ___, ...rest } = fenced;
  const moved: Route = {
    ...rest,
    table: to,
    epoch: (fenced.epoch + 1) as RoutingEpoch,
    writes: 'open',
    leaseMs,
    capture,
  };
  await ports.routes.compareAndSet(fenced, withPastTable(fenced, moved, ports.clock.now()));
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
  { by, reason }: Pick<MendRequest, 'by' | 'reason'>,
): Promise<void> => {
  const { migration, table } = mend;
  const at = ports.clock.now();
  // the tenant has flipped, so the migration had claimed the target partition
  if (mend.kind === 'hold') await ports.migrations.claimPartition(migration.migrationId, table);
  await ports.control.setMigration(migration, fieldsOf(mend, at), {
    at,
    who: by,
    reason: `repaired after a restore: ${reason}`,
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
