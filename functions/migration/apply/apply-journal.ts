import { operatorWaitSeconds, slowPollSeconds } from '../controls.ts';
import type { Migration } from '../migration.ts';
import type { Ports, Slice } from '../ports.ts';
import { applyRounds } from './apply-rounds.ts';
import { convergence } from './convergence.ts';
import { type Direction, wayOf } from './way.ts';

/** Seconds before the next rounds where those before left more than a cutover takes. */
const NEXT_SECONDS = 1;

/**
 * One slice of catching up. An application that writes faster than can be applied is told so (`notConverging`, with both
 * rates); the migration stays safe and goes on trying, and never forces a cutover.
 * @returns whether little is left and no operator says wait.
 */
export const applyJournal = async (
  ports: Ports,
  migration: Migration,
  direction: Direction,
  slice: Slice,
): Promise<{ ready: boolean; waitSeconds: number; migration: Migration }> => {
  if (migration.paused)
    return { ready: false, waitSeconds: operatorWaitSeconds(ports, migration), migration };
  const way = await wayOf(ports, migration, direction);
  const applied = await applyRounds(ports, migration, way, slice);
  const isLittle = applied.left <= ports.settings.cutoverBacklog;
  const noted = await note(ports, applied.migration, isLittle ? undefined : applied);
  const isConverging = !noted.convergence?.notConverging;
  ports.metrics.put({ Backlog: applied.left, NotConverging: isConverging ? 0 : 1 }, migration);
  return { ready: isLittle && !noted.paused, waitSeconds: nextRoundsSeconds(ports, noted), migration: noted };
};

/** Seconds before the next rounds: more for a migration that has not been converging for days. */
export const nextRoundsSeconds = (ports: Pick<Ports, 'clock'>, migration: Migration): number =>
  migration.convergence?.notConverging
    ? Math.max(NEXT_SECONDS, slowPollSeconds(ports, migration))
    : NEXT_SECONDS;

/** Notes whether it converges, as far as can be told. */
const note = async (
  ports: Ports,
  migration: Migration,
  rounds: { left: number; settled: number; ms: number } | undefined,
): Promise<Migration> => {
  const before = migration.convergence;
  if (!rounds) return before ? ports.migrations.update(migration, { convergence: undefined }) : migration;
  const now = convergence(ports.settings, before, rounds, ports.clock.now());
  if (!now.notConverging || before?.notConverging)
    return ports.migrations.update(migration, { convergence: now });
  const { migrationId, tenantId, status, attempt } = migration;
  const { backlog, journalledPerSecond, appliedPerSecond } = now;
  ports.log.warn({ migrationId, tenantId, backlog, journalledPerSecond, appliedPerSecond }, 'NotConverging');
  const why = `NotConverging: ${journalledPerSecond} keys a second change and ${appliedPerSecond} are applied; ${backlog} are left`;
  const event = { who: `workflow, attempt ${attempt}`, why, at: ports.clock.now() };
  return ports.migrations.transition(migration, status, event, { convergence: now });
};
