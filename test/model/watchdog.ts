import { isClosed, isFlipped } from '../../functions/migration/life-cycle.ts';
import type { Migration } from '../../functions/migration/migration.ts';
import { reopen } from '../../functions/migration/route/route.ts';
import type { Move, Process } from './move.ts';
import { isOurs, MIGRATION, type State } from './state.ts';

/** Reopens an overdue fence, independently of the worker that set it. Other processes may act between its read and its write. */
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

/** The watchdog's execution dies at any point. The second watchdog continues. */
const watchdogDies: Process = (state, guards) => {
  const { left, watchdog } = state;
  if (left.watchdogDeaths === 0 || !watchdog.on) return [];
  const fewer = { ...left, watchdogDeaths: left.watchdogDeaths - 1 };
  const sweep = guards.overdueFenceIsSwept() ? { sweep: state.sweep ?? {} } : {};
  return [
    { who: 'watchdog', does: 'dies', to: { ...state, ...sweep, left: fewer, watchdog: { on: false } } },
  ];
};

/** Models `reopenOverdueFences`, each minute, for every migration that may have a fence. */
const sweepFences: Process = (state, guards) => {
  const { route, sweep, overdue, migration } = state;
  if (!sweep) return [];
  const move = (does: string, to: State): Move => ({ who: 'second watchdog', does, to });
  if (!sweep.read) {
    const isSeen = isOurs(route) && overdue && isSwept(migration);
    return isSeen ? [move('finds the fence overdue', { ...state, sweep: { read: route } })] : [];
  }
  const idle = { ...state, sweep: {} };
  if (!guards.sweepComparesEpoch(route, sweep.read)) return [move('finds the route changed', idle)];
  const by = { migrationId: MIGRATION, leaseMs: sweep.read.leaseMs };
  return [move('opens writes again', { ...idle, overdue: false, route: reopen(sweep.read, by) })];
};

/** True if the second watchdog checks the fence of a migration in this status. */
export const isSwept = ({ status }: Pick<Migration, 'status'>): boolean =>
  status === 'cuttingOver' || status === 'rollingBack';

/** The fence's deadline passes. */
const deadline: Process = (state) =>
  isOurs(state.route) && !state.overdue
    ? [{ who: 'time', does: "the fence's deadline passes", to: { ...state, overdue: true } }]
    : [];

export const watching: readonly Process[] = [watchFence, watchdogDies, sweepFences, deadline];
