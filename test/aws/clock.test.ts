import { expect, test } from 'vitest';
import { systemClock } from '../../functions/aws/clock.ts';
import type { Clock } from '../../functions/migration/clock-port.ts';
import { ClaimRanOut } from '../../functions/migration/errors.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { VirtualTime } from '../support/virtual-time.ts';

/** The real clock and the clocks that replace it in tests. */
const clocks: readonly (readonly [string, Clock])[] = [
  ['the real clock', systemClock],
  ['the fake clock', new FakeClock()],
  ['virtual time', new VirtualTime()],
];

test.each(clocks)("%s: a sleep with an aborted signal throws the signal's reason", async (_, clock) => {
  const reason = new ClaimRanOut('over');
  await expect(clock.sleep(60_000, AbortSignal.abort(reason))).rejects.toBe(reason);
});

test.each(clocks.filter(([name]) => name !== 'the fake clock'))(
  "%s: a sleep that is aborted midway throws the signal's reason",
  async (_, clock) => {
    const over = new AbortController();
    const reason = new ClaimRanOut('over');
    const slept = clock.sleep(60_000, over.signal);
    over.abort(reason);
    await expect(slept).rejects.toBe(reason);
  },
);
