import { epochMs } from '../names.ts';
import type { Ports } from '../ports.ts';
import type { Notice } from './notice.ts';
import { noticePoller } from './poll-notices.ts';

/** Time between two polls, in ms. */
const LOOK_MS = 1_000;

/**
 * Yields the events of all migrations since this time, oldest first, then each new event once. Runs until the signal
 * aborts.
 * @throws the signal's reason when it aborts.
 */
export async function* followNotices(
  ports: Pick<Ports, 'migrations' | 'clock'>,
  since: number,
  signal: AbortSignal,
): AsyncGenerator<Notice, never> {
  const poll = noticePoller(ports, epochMs(since));
  for (;;) {
    for await (const notice of poll()) {
      signal.throwIfAborted();
      yield notice;
    }
    await ports.clock.sleep(LOOK_MS, signal);
  }
}
