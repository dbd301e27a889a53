import type { Log } from '../../../functions/migration/log-port.ts';
import type { LocalFunction } from '../invoke.ts';
import { backoffMs, levelOf, nameOf } from './backoff.ts';
import { Checkpoints } from './checkpoints.ts';
import type { FollowOptions, PollIntervals } from './follow-shard.ts';
import { FollowedStreams } from './followed-streams.ts';
import { Gate } from './gate.ts';
import type { StreamsClient } from './streams-client.ts';
import { WakeSignal } from './wake-signal.ts';

/**
 * A call costs a millisecond or two of CPU time, half of it in the engine. So a shard that has had no records for some
 * seconds is polled twice a second; Lambda polls four times a second.
 */
const POLL_INTERVALS: PollIntervals = { leastMs: 25, mostMs: 500, pollMs: 1_000, shardsMs: 10_000 };
/** Minimum time between two searches for new streams, however often a table without one is written, in ms. */
const MIN_POLL_MS = 100;
const SAVE_MS = 100;

export interface StreamPollerOptions {
  readonly client: StreamsClient;
  /** The function, called as by Lambda's event source mapping. */
  readonly run: LocalFunction;
  readonly log: Log;
  /** Folder of the checkpoints, used by no other process; absent to begin with the oldest records each time. */
  readonly folder?: string | undefined;
  readonly pace?: Partial<PollIntervals>;
  /** Called with records that the function has processed. */
  readonly onTaken?: FollowOptions['onTaken'];
}

export interface StreamPoller {
  /** Stops delivery, as if the function were down. The current call ends normally. */
  pause(): void;
  resume(): void;
  /** Polls a table's stream at once, because the table was written. For speed only. */
  wake(table: string): void;
  /** Stops the poller. Resolves once the current calls have ended. */
  stop(): Promise<void>;
}

/** Delivers the records of all present and future streams to the function, in order, and repeats until they succeed. */
export const startStreamPoller = async (options: StreamPollerOptions): Promise<StreamPoller> => {
  const { client, run, log, folder } = options;
  const checkpoints = await Checkpoints.open(folder);
  const pace = { ...POLL_INTERVALS, ...options.pace };
  const gate = new Gate();
  const stopped = new AbortController();
  const { signal } = stopped;
  const following: FollowOptions = {
    client,
    run,
    log,
    checkpoints,
    pace,
    gate,
    signal,
    onTaken: options.onTaken,
  };

  const streams = new FollowedStreams(following);
  const pollSignal = new WakeSignal(MIN_POLL_MS);
  const repeat = (loop: Omit<LoopOptions, 'signal' | 'log'>, work: () => Promise<void>) =>
    repeatUntilStopped({ ...loop, signal, log }, work);
  const loops = [
    repeat({ everyMs: pace.pollMs, what: 'cannot list the streams; trying again', bell: pollSignal }, () =>
      streams.search(),
    ),
    ...(folder === undefined
      ? []
      : [
          repeat(
            {
              everyMs: SAVE_MS,
              what: 'cannot save the checkpoints; trying again',
              bell: new WakeSignal(0),
            },
            () => checkpoints.save(),
          ),
        ]),
  ];

  return {
    pause: () => gate.close(),
    resume: () => gate.open(),
    wake(table) {
      // a table without a stream may have one by now
      if (!streams.wake(table)) pollSignal.ring();
    },
    async stop() {
      stopped.abort();
      await Promise.all([...loops, streams.ended()]);
      client.close();
      await checkpoints.save();
    },
  };
};

interface LoopOptions {
  readonly everyMs: number;
  /** Message of the log entry for a failure. */
  readonly what: string;
  /** Shortens a wait. */
  readonly bell: WakeSignal;
  readonly signal: AbortSignal;
  readonly log: Log;
}

/** Repeats work until the signal aborts; after failures less often. */
const repeatUntilStopped = async (
  { everyMs, what, bell, signal, log }: LoopOptions,
  work: () => Promise<void>,
): Promise<void> => {
  for (let failures = 0; !signal.aborted; ) {
    const startedAt = performance.now();
    const error = await work().then(
      () => undefined,
      (thrown: unknown) => thrown ?? new Error('nothing'),
    );
    if (signal.aborted) return;
    failures = error === undefined ? 0 : failures + 1;
    if (error !== undefined) log[levelOf(failures)]({ tries: failures, error: nameOf(error) }, what);
    const waitMs = bell.rungAt > startedAt ? MIN_POLL_MS : everyMs;
    // it rejects only if the signal aborts, which ends the loop
    await bell.wait(failures > 0 ? backoffMs(failures) : waitMs, signal).catch(() => {});
  }
};
