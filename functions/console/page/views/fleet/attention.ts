import type { Migration, MigrationRow, Queue, TenantRow } from '../../api/schema.ts';
import { counted } from '../../parts/formats.ts';

/** Something that an operator has to handle, and its subject. */
export interface Attention {
  readonly key: string;
  readonly level: 'error' | 'warning' | 'info';
  /** The problem, or the reason for waiting, as a sentence. */
  readonly what: string;
  readonly tenantId?: string;
  /** The migration whose recommended action is offered. */
  readonly migrationId?: string;
  /** A view in which it is handled, if no action of a migration does that. */
  readonly view?: 'doctor' | 'start';
}

/** Documents from which the fleet's state is computed. */
export interface FleetFacts {
  readonly queue: Queue;
  readonly open: readonly MigrationRow[];
  readonly failed: readonly MigrationRow[];
  readonly outgrown: readonly TenantRow[];
  readonly now: number;
}

/** Time for which a failed migration is shown unless it is retried, in ms. */
const FAILED_FOR_MS = 7 * 24 * 60 * 60_000;

const ofMigration = (
  { migrationId, tenantId }: Pick<Migration, 'migrationId' | 'tenantId'>,
  level: Attention['level'],
  what: string,
): Attention => ({ key: migrationId, level, what, tenantId, migrationId });

/** Returns why a running migration needs an operator, the most urgent reason only; undefined if it does not. */
const reasonOf = (migration: Migration): Attention | undefined => {
  const { convergence, cutoverFailure, cutoverHeld, paused, status } = migration;
  if (paused) return ofMigration(migration, 'info', `Paused while ${STATUS_WORDS[status] ?? status}.`);
  if (cutoverFailure) {
    const { cause, keysPastLeases } = cutoverFailure;
    const past = keysPastLeases > 0 ? ` ${counted(keysPastLeases, 'key')} were written past the router.` : '';
    return ofMigration(migration, 'warning', `The latest cutover gave up: ${cause}.${past}`);
  }
  if (convergence?.notConverging) {
    const { backlog, journalledPerSecond: written, appliedPerSecond: applied } = convergence;
    return ofMigration(
      migration,
      'warning',
      `The application changes ${counted(written, 'key')} a second and ${counted(applied, 'is', 'are')} applied; ${counted(backlog, 'is', 'are')} left.`,
    );
  }
  if (cutoverHeld && status === 'catchingUp')
    return ofMigration(migration, 'info', 'Ready for the cutover, which is held until it is released.');
  return undefined;
};

const STATUS_WORDS: Partial<Readonly<Record<Migration['status'], string>>> = {
  catchingUp: 'catching up',
  cuttingOver: 'cutting over',
  cleaningUp: 'cleaning up',
  rollingBack: 'rolling back',
};

const LEVELS: readonly Attention['level'][] = ['error', 'warning', 'info'];

/** Returns what needs an operator, the most urgent first. */
export const attentionOf = ({ queue, open, failed, outgrown, now }: FleetFacts): readonly Attention[] => {
  const stopped = queue.stopped.map((migration) =>
    ofMigration(
      migration,
      'error',
      `Stopped while ${STATUS_WORDS[migration.status] ?? migration.status}: nothing works on it.`,
    ),
  );
  const damaged: Attention[] =
    queue.damaged === null
      ? []
      : [
          {
            key: 'queue',
            level: 'error',
            what: `No migration is admitted: ${queue.damaged}.`,
            view: 'doctor',
          },
        ];
  const known = new Set(stopped.map(({ key }) => key));
  const running = [...queue.running.map(({ migration }) => migration), ...open].flatMap((migration) => {
    const reason = known.has(migration.migrationId) ? undefined : reasonOf(migration);
    known.add(migration.migrationId);
    return reason ?? [];
  });
  const again = new Set(
    [...queue.waiting, ...queue.running.map(({ migration }) => migration), ...open].map(
      ({ tenantId }) => tenantId,
    ),
  );
  const toRetry = failed
    .filter(({ tenantId, updatedAt, next }) => {
      const isRecent = now - Date.parse(updatedAt) < FAILED_FOR_MS;
      return next && isRecent && !again.has(tenantId);
    })
    .map((migration) =>
      ofMigration(
        migration,
        'warning',
        `Failed${migration.failure ? `: ${migration.failure.cause}` : ''}. The tenant is on its source.`,
      ),
    );
  const forPerson = outgrown
    .filter(({ tenantId, decision }) => decision.kind === 'manualAction' && !again.has(tenantId))
    .map(
      ({ tenantId, decision }): Attention => ({
        key: tenantId,
        level: 'warning',
        what: `Does not move by itself: ${decision.reason}.`,
        tenantId,
        view: 'start',
      }),
    );
  return [...damaged, ...stopped, ...toRetry, ...running, ...forPerson].toSorted(
    (a, b) => LEVELS.indexOf(a.level) - LEVELS.indexOf(b.level),
  );
};
