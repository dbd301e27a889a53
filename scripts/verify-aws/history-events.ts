import type { HistoryEvent } from '@aws-sdk/client-sfn';
import type { Answer } from './answers.ts';

/** Types of states that loops of the machines consist of. */
const COUNTED = ['Task', 'Choice', 'Wait'] as const;

/**
 * Counts the events of a history that belong to each visit of a state. The history of a Standard execution may hold 25,000
 * of them, so the number for a round of a loop decides how long the loop may go on.
 */
export const historyAnswer = (events: readonly HistoryEvent[]): Answer => {
  const counts = new Map<string, Map<number, number>>();
  let inState: { readonly type: string; events: number } | undefined;
  for (const { type = '' } of events) {
    const entered = /^(\w+)StateEntered$/.exec(type)?.[1];
    if (entered !== undefined) inState = { type: entered, events: 0 };
    if (!inState) continue;
    inState.events += 1;
    if (!/StateExited$/.test(type)) continue;
    const ofType = counts.get(inState.type) ?? new Map<number, number>();
    counts.set(inState.type, ofType.set(inState.events, (ofType.get(inState.events) ?? 0) + 1));
    inState = undefined;
  }
  const states = COUNTED.flatMap((type) => {
    const usual = mostFrequent(counts.get(type));
    return usual === undefined ? [] : [`${type} ${usual}`];
  });
  return { id: 'history-events', errors: [], states };
};

/** Retries make some visits longer than the others. */
const mostFrequent = (counts: ReadonlyMap<number, number> | undefined): number | undefined =>
  [...(counts ?? [])].sort(([, a], [, b]) => b - a)[0]?.[0];
