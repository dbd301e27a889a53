import { Conflict } from '../../functions/migration/errors.ts';
import { mayChange, type Status } from '../../functions/migration/life-cycle.ts';
import type { Direction, Migration } from '../../functions/migration/migration.ts';
import type { Route } from '../../functions/migration/route/route.ts';
import type { Guards } from './guards.ts';
import { released, type State, type Worker, withMigration, withWorker } from './state.ts';
import { beginningOf, type Step } from './steps.ts';

/** One step of a process, with the state after it. */
export interface Move<S = State> {
  readonly who: string;
  readonly does: string;
  readonly to: S;
}

/** Returns all possible next moves of a process. */
export type Process = (state: State, guards: Guards) => readonly Move[];

/** A worker at its position. */
export interface At {
  readonly state: State;
  readonly slot: 0 | 1;
  readonly worker: Worker;
  readonly guards: Guards;
}
export type Act = (at: At) => readonly Move[];

const nameOf = ({ worker, slot, state }: At): string =>
  `${slot === 0 && state.running ? 'workflow' : 'left-over worker'} (attempt ${worker.attempt})`;

export const moveOf = (at: At, does: string, to: State): Move => ({
  who: `${nameOf(at)}, ${at.worker.step}`,
  does,
  to,
});

/** Moves the worker on within its step. */
export const goOn = (at: At, step: Step, change: Partial<Worker> = {}, state: State = at.state): State =>
  withWorker(state, at.slot, { ...at.worker, ...change, step });

/**
 * Ends the step and releases its claim. A live execution continues with the next step. If the execution is dead, or counts
 * this worker as dead, the worker is removed.
 */
export const endStep = (
  at: At,
  step: Step,
  { state = at.state, direction = at.worker.direction }: { state?: State; direction?: Direction } = {},
): State => {
  const freed = released(state, at.slot);
  if (at.slot === 0 && !state.running) return withWorker(freed, 0, undefined);
  const next: Worker = { step, attempt: at.worker.attempt, direction };
  const isTwin = at.slot === 1 && at.worker.attempt === state.migration.attempt;
  if (isTwin) return withWorker(freed, 1, undefined);
  if (at.slot === 1 && !at.guards.stepMayBegin(freed, next)) return withWorker(freed, 1, undefined);
  return withWorker(freed, at.slot, next);
};

/** Fails the step with an error that the state machine retries. */
export const retry = (at: At, state?: State): State =>
  endStep(at, beginningOf(at.worker.step), state ? { state } : {});

/** Ends the execution as FAILED. An operator may retry the migration. */
export const fail = (at: At, state: State = at.state): State => {
  const freed = released(state, at.slot);
  const ended = withWorker(freed, at.slot, undefined);
  return at.slot === 0 ? { ...ended, running: false } : ended;
};

/** Runs a step's guard. If the guard throws, the execution rolls back (`Catch`), or ends. */
export const begin = (at: At, act: () => readonly Move[]): readonly Move[] => {
  if (at.guards.stepMayBegin(at.state, at.worker)) return act();
  const isStale = at.worker.attempt !== at.state.migration.attempt;
  if (isStale || at.worker.direction === 'reverse')
    return [moveOf(at, 'finds its attempt over, and ends', fail(at))];
  return [moveOf(at, 'may not go on: rolls back', endStep(at, 'DecideRollback'))];
};

/**
 * Models `ports.migrations.transition`: changes the status by the life cycle, and the route by its epoch, in one transaction.
 * @throws Conflict
 */
export const transition = (
  state: State,
  isAsRead: boolean,
  to: Status,
  change: Partial<Migration> = {},
  route?: { readonly isCurrent: boolean; readonly to: Route },
): State => {
  if (!isAsRead || !mayChange(state.migration.status, to)) throw new Conflict('moved on');
  if (route && !route.isCurrent) throw new Conflict('the route moved');
  const changed = withMigration(state, { ...change, status: to });
  return route ? { ...changed, route: route.to } : changed;
};

export const attempted = <T>(act: () => T): T | undefined => {
  try {
    return act();
  } catch {
    return undefined;
  }
};

/** Returns the fields of the migration's record that the step has read. */
export const reads = ({ migration }: State) => ({
  status: migration.status,
  statusAttempt: migration.attempt,
});
