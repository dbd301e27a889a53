import { type SweepFinding, search } from '../search.ts';
import { RULES, type Rules } from './rules.ts';
import { type Bounds, initialState, keyOf, NOTHING_HAPPENS } from './state.ts';
import { brokenIn, endOf, workflow } from './workflow.ts';
import { world } from './world.ts';

const PROCESSES = [...workflow, ...world];

/** Searches every order in which writes, streams, capture, losses and the workflow may act. */
export const exploreJournal = (bounds: Partial<Bounds>, rules: Rules = RULES): SweepFinding =>
  search({
    first: initialState({ ...NOTHING_HAPPENS, ...bounds }),
    movesFrom: (state) => PROCESSES.flatMap((process) => process(state, rules)),
    keyOf,
    brokenIn,
    endOf,
  });
