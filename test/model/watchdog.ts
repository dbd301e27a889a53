import { isClosed, isFlipped } from '../../functions/migration/life-cycle.ts';
import { reopen } from '../../functions/migration/routing/route.ts';
import type { Move, Process } from './move.ts';
import { isOurs, MIGRATION, type State } from './state.ts';

/** Opens an overdue fence, independent of whoever set it. Between its look and its write others may act. */
const watchFence: Process = (state, guards) => {
  const { route, watchdog, overdue, migration } = state;
  if (!watchdog.on) return [];
  const move = (does: string, to: State): Move => ({ who: 'watchdog', does, to });
  const off = { ...state, watchdog: { on: false } };
  const idle = { ...state, watchdog: { on: true } };
  if (watchdog.read) {
    const { read } = watchdog;
    if (!guards.watchdogComparesEpoch(route, read))
      return [move('finds the route changed, and looks again', idle)];
    return [
      move('opens writes again', {
        ...idle,
        overdue: false,
        route: reopen(read, { migrationId: MIGRATION, leaseMs: read.leaseMs }),
      }),
    ];
  }
  if (isOurs(route))
    return overdue ? [move('finds the fence overdue', { ...idle, watchdog: { on: true, read: route } })] : [];
  const mayCome = !isClosed(migration.status) && !isFlipped(migration.status);
  return guards.fenceMayCome(mayCome) ? [] : [move('sees that no fence will come, and ends', off)];
};

/** Time passes. */
const deadline: Process = (state) =>
  isOurs(state.route) && !state.overdue
    ? [{ who: 'time', does: "the fence's deadline passes", to: { ...state, overdue: true } }]
    : [];

export const watching: readonly Process[] = [watchFence, deadline];
