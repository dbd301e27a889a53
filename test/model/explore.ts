import { capture } from './capture.ts';
import { type Guards, guards } from './guards.ts';
import { brokenIn } from './invariants.ts';
import { lateCalls } from './late-call.ts';
import { withoutTheIdle } from './left-over.ts';
import type { Process } from './move.ts';
import { type SweepFinding, search } from './search.ts';
import { type Bounds, initialState, keyOf, NOTHING_HAPPENS } from './state.ts';
import { watching } from './watchdog.ts';
import { isOver, workflow } from './workflow.ts';
import { application } from './writer.ts';

const PROCESSES: readonly Process[] = [...workflow, ...application, ...capture, ...lateCalls, ...watching];

/** Searches every order in which the processes of a migration may act. */
export const explore = (bounds: Partial<Bounds>, given: Guards = guards): SweepFinding => {
  const tokensAreSequences = !given.tokenIsNew();
  return search({
    first: initialState({ ...NOTHING_HAPPENS, ...bounds }),
    movesFrom: (state) =>
      PROCESSES.flatMap((process) =>
        process(state, given).map((move) => ({ ...move, to: withoutTheIdle(move.to, given) })),
      ),
    keyOf: (state) => keyOf(state, tokensAreSequences),
    brokenIn,
    endOf: (state) => (isOver(state) ? state.migration.status : undefined),
  });
};
