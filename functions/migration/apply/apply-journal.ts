import { operatorWaitSeconds } from '../controls.ts';
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
): Promise<{ ready: boolean; waitSeconds: number }> => {
  if (migration.paused) return { ready: false, waitSeconds: operatorWaitSeconds(ports, migration) };
  const way = await wayOf(ports, migration, direction);
  const applied = await applyRounds(ports, migration, way, slice);
  const isLittle = applied.left <= ports.settings.cutoverBacklog;
  const isConverging = await note(ports, applied.migration, isLittle ? undefined : applied);
  ports.metrics.put({ Backlog: applied.left, NotConverging: isConverging ? 0 : 1 }, migration);
  return { ready: isLittle && !applied.migration.paused, waitSeconds: NEXT_SECONDS };
};

/** @returns whether it converges, as far as can be told. */
const note = async (
  ports: Ports,
  migration: Migration,
  rounds: { left: number; settled: number; ms: number } | undefined,
): Promise<boolean> => {
  const before = migration.convergence;
  if (!rounds) {
    if (before) await ports.migrations.update(migration, { convergence: undefined });
    return true;
  }
  const now = convergence(ports.settings, before, rounds, ports.clock.now());
  if (!now.notConverging || before?.notConverging) {
    await ports.migrations.update(migration, { convergence: now });
    return !now.notConverging;
  }
  const { migrationId, tenantId, status, attempt } = migration;
  const { backlog, journalledPerSecond, appliedPerSecond } = now;
  ports.log.warn({ migrationId, tenantId, backlog, journalledPerSecond, appliedPerSecond }, 'NotConverging');
  const why = `NotConverging: ${journalledPerSecond} keys a second change and ${appliedPerSecond} are applied; ${backlog} are left`;
  const event = { who: `workflow, attempt ${attempt}`, why, at: ports.clock.now() };
  await ports.migrations.transition(migration, status, event, { convergence: now });
  return false;
};
