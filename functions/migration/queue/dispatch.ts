import { Conflict } from '../errors.ts';
import { isClosed, isFlipped } from '../life-cycle.ts';
import type { Migration } from '../migration.ts';
import type { MigrationId } from '../names.ts';
import type { Ports } from '../ports.ts';
import { unlessDamaged } from '../unless-damaged.ts';
import { type Admitted, admit } from './admit.ts';

/** How often another dispatcher may be faster before this one leaves the rest to it. */
const TRIES = 10;
/**
 * How long an execution may not show before it is taken for dead, in ms: DescribeExecution is eventually consistent. [API
 * reference] As long counts a migration whose record is damaged: each of its steps reads the record first, and fails.
 */
const QUIET_MS = 60_000;

/**
 * Lets those go ahead whose turn it is. Any number may run at once and any may crash: who is admitted stands in one
 * record under compare-and-set before anything is started, and what was admitted and not started is started by the next.
 * A migration holds its place until it has flipped, or is over, or its execution has died. One whose record is damaged
 * is not admitted, and holds its place no longer than that.
 * @param also a request that was just made: the list of those that wait may not show it yet.
 * @returns who goes ahead now. @throws RecordDamaged if the admission record is damaged: none goes ahead.
 */
export const dispatch = async (ports: Ports, also?: Migration): Promise<readonly MigrationId[]> => {
  for (let tries = 0; tries < TRIES; tries += 1) {
    const before = await ports.admissions.current();
    const underWay = await stillUnderWay(ports, before.admitted);
    const { next, waiting } = await whoseTurnItIs(ports, underWay, also);
    ports.metrics.put({ QueueDepth: waiting - next.length, UnderWay: underWay.length + next.length });
    if (next.length === 0 && underWay.length === before.admitted.length) return [];
    if (!(await ports.admissions.replace(before, [...underWay, ...next]))) continue;
    for (const { migrationId } of next) {
      const migration = await unlessDamaged(ports.migrations.get(migrationId), undefined);
      if (migration) await ports.workflow.start(migrationId, migration.attempt);
    }
    return next.map(({ migrationId }) => migrationId);
  }
  return [];
};

const whoseTurnItIs = async (
  ports: Ports,
  underWay: readonly Admitted[],
  also: Migration | undefined,
): Promise<{ next: readonly Admitted[]; waiting: number }> => {
  const waiting = new Map(also ? [[also.migrationId, also]] : []);
  for await (const migration of ports.migrations.list({ status: 'queued' }))
    if (!migration.dryRun) waiting.set(migration.migrationId, migration);
  for (const { migrationId } of underWay) waiting.delete(migrationId);
  for (;;) {
    const next = admit(ports.settings, underWay, [...waiting.values()], ports.clock.now());
    // the list may be old: who has been admitted before, or is cancelled, has no second turn
    const gone = await Promise.all(
      next.map(
        async (one) => !isWaiting(await unlessDamaged(ports.migrations.get(one.migrationId), undefined)),
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

const stillUnderWay = async (ports: Ports, admitted: readonly Admitted[]): Promise<readonly Admitted[]> => {
  const holds = await Promise.all(
    admitted.map((one) => unlessDamaged(holdsItsPlace(ports, one), isRecent(ports, one))),
  );
  return admitted.filter((_, n) => holds[n]);
};

const isRecent = ({ clock }: Ports, { at }: Admitted): boolean => clock.now() - at <= QUIET_MS;

const holdsItsPlace = async (ports: Ports, admitted: Admitted): Promise<boolean> => {
  const { migrationId } = admitted;
  const migration = await ports.migrations.get(migrationId);
  if (!migration || isClosed(migration.status) || isFlipped(migration.status)) return false;
  if (await ports.workflow.isRunning(migrationId, migration.attempt)) return true;
  const isQuiet = !isRecent(ports, admitted);
  if (migration.status === 'queued') {
    await startAgain(ports, migration, isQuiet);
    return true;
  }
  if (isQuiet)
    ports.log.warn({ migrationId, status: migration.status }, 'its execution has died: it keeps no place');
  return !isQuiet;
};

/** A dispatcher that crashed may not have started it; an execution may have died before its first step was done. */
const startAgain = async (ports: Ports, migration: Migration, isQuiet: boolean): Promise<void> => {
  if (migration.cancellation) return;
  if (!isQuiet) return ports.workflow.start(migration.migrationId, migration.attempt);
  const { attempt } = migration;
  const event = { who: 'dispatcher', why: `attempt ${attempt} never began`, at: ports.clock.now() };
  try {
    const next = await ports.migrations.transition(migration, 'queued', event, { attempt: attempt + 1 });
    await ports.workflow.start(next.migrationId, next.attempt);
  } catch (error) {
    // it has begun after all, or another dispatcher was faster
    if (!(error instanceof Conflict)) throw error;
  }
};
