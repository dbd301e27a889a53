import { type EpochMs, epochMs } from '../names.ts';
import type { Ports } from '../ports.ts';
import type { PublishedEvent } from './published-event.ts';

/** Maximum time until an event appears in the index, in ms: its transaction may have been retried. */
export const LATE_MS = 60_000;

/**
 * Returns a function that reads the events of all migrations since this time, oldest first. Each event is returned by
 * one call only, even if it appears late.
 */
export const eventPoller = (
  { migrations, clock }: Pick<Ports, 'migrations' | 'clock'>,
  since: EpochMs,
): (() => AsyncGenerator<PublishedEvent, void>) => {
  const seen = new Map<string, number>();
  let from = since;
  return async function* poll() {
    // before the reading, because the caller may take long over each event
    const polledAt = clock.now();
    for await (const event of migrations.eventsSince(from)) {
      const isNew = !seen.has(event.eventId);
      seen.set(event.eventId, event.at);
      if (isNew) yield event;
    }
    from = epochMs(Math.max(since, polledAt - LATE_MS));
    for (const [eventId, at] of seen) if (at < from) seen.delete(eventId);
  };
};
