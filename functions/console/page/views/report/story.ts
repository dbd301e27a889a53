import type { Event } from '../../api/schema.ts';
import { changeWords, isByPerson } from '../migration/trail.ts';

/** An event of the report's story, with its number in the audit trail. */
export interface StoryEvent {
  readonly number: number;
  readonly event: Event;
  /** The change of the status; absent if the event has not changed it. */
  readonly changed: string | undefined;
}

/**
 * Selects the requests of persons, each change of status and each flip, in the order of time. The flip of a rollback leaves
 * the status as it is.
 */
export const storyOf = (events: readonly Event[]): readonly StoryEvent[] =>
  events
    .map((event, n) => ({ number: n + 1, event, changed: changeWords(event) }))
    .filter(
      ({ event, changed }) => changed !== undefined || event.flippedTo !== undefined || isByPerson(event),
    );
