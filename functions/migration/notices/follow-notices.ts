import { epochMs } from '../names.ts';
import type { Ports } from '../ports.ts';
import type { Notice } from './notice.ts';

/** Between two looks, in ms. */
const LOOK_MS = 1_000;
/** How long after its time an event may show: its transaction may have been tried again, and the index comes later. */
const LATE_MS = 60_000;

/**
 * Events of all migrations from then on, oldest first, and each that comes, once; without end.
 * @throws the signal's reason when it aborts.
 */
export async function* followNotices(
  { migrations, clock }: Pick<Ports, 'migrations' | 'clock'>,
  since: number,
  signal: AbortSignal,
): AsyncGenerator<Notice, never> {
  const seen = new Map<string, number>();
  for (let from = epochMs(since); ; ) {
    // whoever reads them may take long over it
    const lookedAt = clock.now();
    for await (const notice of migrations.notices(from)) {
      signal.throwIfAborted();
      if (!seen.has(notice.noticeId)) yield notice;
      seen.set(notice.noticeId, notice.at);
    }
    from = epochMs(Math.max(since, lookedAt - LATE_MS));
    for (const [noticeId, at] of seen) if (at < from) seen.delete(noticeId);
    await clock.sleep(LOOK_MS, signal);
  }
}
