import { epochMs } from '../names.ts';
import type { Ports } from '../ports.ts';
import { eventPoller } from './poll-events.ts';
import type { PublishedEvent } from './published-event.ts';

/** Time between two polls, in ms. */
const POLL_MS = 1_000;

/**
 * Yields the events of all migrations since this time, oldest first, then each new event once. Runs until the signal
 * aborts.
 * @throws the signal's reason when it aborts.
 */
export async function* followEvents(
  ports: Pick<Ports, 'migrations' | 'clock'>,
  since: number,
  signal: AbortSignal,
): AsyncGenerator<PublishedEvent, never> {
  const poll = eventPoller(ports, epochMs(since));
  for (;;) {
    for await (const event of poll()) {
      signal.throwIfAborted();
      yield event;
    }
    await ports.clock.sleep(POLL_MS, signal);
  }
}
