import { Conflict } from '../errors.ts';
import { fallbackIfDamaged } from '../fallback-if-damaged.ts';
import { isClosed, isFlipped } from '../life-cycle.ts';
import type { Migration } from '../migration.ts';
import type { MigrationId } from '../names.ts';
import type { Ports } from '../ports.ts';
import { type AdmissionSlot, pickAdmissions } from './pick-admissions.ts';

/** Number of tries to replace the admission record. Each can fail because another dispatcher replaces it first. */
const TRIES = 10;
/**
 * Time for which DescribeExecution may not show an execution before it counts as dead, in ms: the call is eventually
 * consistent. [API reference] A migration with a damaged record keeps its slot for this long too: each of its steps reads
 * the record first, and fails.
 */
const QUIET_MS = 60_000;

/**
 * Admits and starts the queued migrations that the limits allow.
 *
 * Any number of dispatchers may run at once, and any may crash. The admitted migrations are in one record, which is replaced by
 * compare-and-set before any of them is started. The next dispatcher starts those that were admitted and not started. A
 * migration keeps its slot until it has flipped or ended, or its execution has died. A migration with a damaged record is not
 * admitted, and loses its slot after a minute.
 * @param also a new request, which the list of queued migrations may not show yet.
 * @returns the migrations that were admitted now.
 * @throws RecordDamaged if the admission record is damaged; then no migration is admitted
 */
export const admitQueued = async (ports: Ports, also?: Migration): Promise<readonly MigrationId[]> => {
  for (let tries = 0; tries < TRIES; tries += 1) {
    const before = await ports.admissions.current();
    const running = await keepLiveSlots(ports, before.admitted);
    const { next, waiting } = await pickNext(ports, running, also);
    ports.metrics.put({ QueueDepth: waiting - next.length, RunningMigrations: running.length + next.length });
    if (next.length === 0 && running.length === before.admitted.length) return [];
    if (!(await ports.admissions.replace(before, [...running, ...next]))) continue;
    for (const { migrationId } of next) {
      const migration = await fallbackIfDamaged(ports.migrations.get(migrationId), undefined);
      if (migration) await ports.workflow.start(migrationId, migration.attempt);
    }
    return next.map(({ migrationId }) => migrationId);
  }
  return [];
};

const pickNext = async (
  ports: Ports,
  running: readonly AdmissionSlot[],
  also: Migration | undefined,
): Promise<{ next: readonly AdmissionSlot[]; waiting: number }> => {
  const waiting = new Map(also ? [[also.migrationId, also]] : []);
  for await (const migration of ports.migrations.list({ status: 'queued' }))
    if (!migration.dryRun) waiting.set(migration.migrationId, migration);
  for (const { migrationId } of running) waiting.delete(migrationId);
  for (;;) {
    const next = pickAdmissions(ports.settings, running, [...waiting.values()], ports.clock.now());
    // the list may be outdated: a migration that was started or cancelled meanwhile must not be admitted again
    const gone = await Promise.all(
      next.map(
        async (one) => !isWaiting(await fallbackIfDamaged(ports.migrations.get(one.migrationId), undefined)),
      ),
    );
    if (!gone.includes(true)) return { next, waiting: waiting.size };
    next.forEach(({ migrationId }, n) => {
      if (gone[n]) waiting.delete(migrationId);
    });
  }
};

const isWaiting = (migration: Migration | undefined): boolean =>
  migration?.status === 'queued' && migration.cancellation === undefined;

const keepLiveSlots = async (
  ports: Ports,
  admitted: readonly AdmissionSlot[],
): Promise<readonly AdmissionSlot[]> => {
  const holds = await Promise.all(
    admitted.map((one) => fallbackIfDamaged(keepsSlot(ports, one), isRecent(ports, one))),
  );
  return admitted.filter((_, n) => holds[n]);
};

const isRecent = ({ clock }: Ports, { at }: AdmissionSlot): boolean => clock.now() - at <= QUIET_MS;

const keepsSlot = async (ports: Ports, admitted: AdmissionSlot): Promise<boolean> => {
  const { migrationId } = admitted;
  const migration = await ports.migrations.get(migrationId);
  if (!migration || isClosed(migration.status) || isFlipped(migration.status)) return false;
  if (await ports.workflow.isRunning(migrationId, migration.attempt)) return true;
  const isQuiet = !isRecent(ports, admitted);
  if (migration.status === 'queued') {
    await restart(ports, migration, isQuiet);
    return true;
  }
  if (isQuiet)
    ports.log.warn(
      { migrationId, status: migration.status },
      'execution is no longer running; admission slot released',
    );
  return !isQuiet;
};

/** Starts an admitted migration that is still queued: its dispatcher crashed, or its execution died in the first step. */
const restart = async (ports: Ports, migration: Migration, isQuiet: boolean): Promise<void> => {
  if (migration.cancellation) return;
  if (!isQuiet) return ports.workflow.start(migration.migrationId, migration.attempt);
  const { attempt } = migration;
  const event = { who: 'dispatcher', reason: `attempt ${attempt} did not begin`, at: ports.clock.now() };
  try {
    const next = await ports.migrations.transition(migration, 'queued', event, { attempt: attempt + 1 });
    await ports.workflow.start(next.migrationId, next.attempt);
  } catch (error) {
    // the attempt has begun after all, or another dispatcher has started the next one
    if (!(error instanceof Conflict)) throw error;
  }
};
