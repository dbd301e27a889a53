import type { Slice } from '../clock-port.ts';
import { counted } from '../counted.ts';
import type { Direction, Migration } from '../migration.ts';
import type { Ports } from '../ports.ts';
import { operatorWaitSeconds, slowPollSeconds } from '../record/poll-times.ts';
import { applyRounds } from './apply-rounds.ts';
import { convergenceOf } from './convergence.ts';
import { transferOf } from './transfer.ts';

/** Seconds until the next rounds if the last ones left more entries than a cutover can take. */
const NEXT_SECONDS = 1;

/**
 * Runs one slice of catching up. If the application writes faster than changes can be applied, records `notConverging`
 * with both rates. The migration keeps trying, and never forces a cutover.
 * @returns `ready` if few entries are left and the migration is not paused.
 */
export const applySlice = async (
  ports: Ports,
  migration: Migration,
  direction: Direction,
  slice: Slice,
): Promise<{ ready: boolean; waitSeconds: number; migration: Migration }> => {
  if (migration.paused)
    return { ready: false, waitSeconds: operatorWaitSeconds(ports, migration), migration };
  const transfer = await transferOf(ports, migration, direction);
  const applied = await applyRounds(ports, migration, transfer, slice);
  const isLittle = applied.left <= ports.settings.cutoverBacklog;
  const noted = await recordConvergence(ports, applied.migration, isLittle ? undefined : applied);
  const isConverging = !noted.convergence?.notConverging;
  ports.metrics.put({ Backlog: applied.left, NotConverging: isConverging ? 0 : 1 }, migration);
  return { ready: isLittle && !noted.paused, waitSeconds: nextRoundsSeconds(ports, noted), migration: noted };
};

/** Returns the seconds until the next rounds. They grow for a migration that has not converged for days. */
export const nextRoundsSeconds = (ports: Pick<Ports, 'clock'>, migration: Migration): number =>
  migration.convergence?.notConverging
    ? Math.max(NEXT_SECONDS, slowPollSeconds(ports, migration))
    : NEXT_SECONDS;

/** Records whether applying keeps up, as far as the rounds show. */
const recordConvergence = async (
  ports: Ports,
  migration: Migration,
  rounds: { left: number; applied: number; ms: number } | undefined,
): Promise<Migration> => {
  const before = migration.convergence;
  if (!rounds) return before ? ports.migrations.update(migration, { convergence: undefined }) : migration;
  const now = convergenceOf(ports.settings, before, rounds, ports.clock.now());
  if (!now.notConverging || before?.notConverging)
    return ports.migrations.update(migration, { convergence: now });
  const { migrationId, tenantId, status, attempt } = migration;
  const { backlog, journalledPerSecond, appliedPerSecond } = now;
  ports.log.warn({ migrationId, tenantId, backlog, journalledPerSecond, appliedPerSecond }, 'NotConverging');
  const reason = `NotConverging: ${counted(journalledPerSecond, 'key per second changes', 'keys per second change')} and ${appliedPerSecond} are applied; ${counted(backlog, 'is', 'are')} left`;
  const event = { who: `workflow, attempt ${attempt}`, reason, at: ports.clock.now() };
  return ports.migrations.transition(migration, status, event, { convergence: now });
};
