import type { HistoryEvent } from '@aws-sdk/client-sfn';
import type { Answer } from './answers.ts';

/** Types of the states that form the loops of the state machines. */
const COUNTED_EVENTS = ['Task', 'Choice', 'Wait'] as const;

/**
 * Counts the events in a history for each visit of a state. The history of a Standard execution may hold 25,000 events, so
 * the number per round decides how long a loop may run.
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
  const states = COUNTED_EVENTS.flatMap((type) => {
    const mostFrequentEvents = mostFrequent(counts.get(type));
    return mostFrequentEvents === undefined ? [] : [`${type} ${mostFrequentEvents}`];
  });
  return { id: 'history-events', errors: [], states };
};

/** Returns the most frequent number, since retries add events to some visits. */
const mostFrequent = (counts: ReadonlyMap<number, number> | undefined): number | undefined =>
  [...(counts ?? [])].sort(([, a], [, b]) => b - a)[0]?.[0];
