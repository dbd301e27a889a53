import { type SweepFinding, search } from '../search.ts';
import { world } from './application.ts';
import { RULES, type Rules } from './rules.ts';
import { type Bounds, initialState, keyOf, NOTHING_HAPPENS } from './state.ts';
import { brokenIn, endOf, workflow } from './workflow.ts';

const PROCESSES = [...workflow, ...world];

/**
 * Searches every order in which application, capture and workflow may act on a tenant of two partitions.
 *
 * Two partitions show what 16 would. The partitions are alike: each rule says "in every partition", and none compares one
 * partition with another. I2, I4, I5 and I6 are about one key, and so about one partition. I1 is about two tables, and two
 * writes at most. Partitions meet only in the worker's order, and in conditions that hold if they hold in all of them. So
 * take a run of 16 partitions that breaks an invariant, keep the partitions that the violation is about, two at most, and
 * leave out the steps of the others. Every condition that held in all 16 holds in those two. A step back for which one of
 * the others was the reason, such as a foreign write, is one that the time, a cancel or a rollback can cause here. What
 * remains is a run of this model that breaks the same invariant. One partition would not do: a step that forgets a
 * partition must have another one that it covers.
 *
 * This model leaves out what the other models search: leases of two lengths, claims, left-over workers, late calls, gaps.
 * None of them depends on partitions, since a tenant has one route, one record, and one range of entity keys.
 */
export const explorePartitions = (bounds: Partial<Bounds>, rules: Rules = RULES): SweepFinding =>
  search({
    first: initialState({ ...NOTHING_HAPPENS, ...bounds }),
    movesFrom: (state) => PROCESSES.flatMap((process) => process(state, rules)),
    keyOf,
    brokenIn,
    endOf,
  });
