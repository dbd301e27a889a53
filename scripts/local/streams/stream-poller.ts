import type { Log } from '../../../functions/migration/log-port.ts';
import type { LocalFunction } from '../invoke.ts';
import { backoffMs, levelOf, nameOf } from './backoff.ts';
import { Checkpoints } from './checkpoints.ts';
import type { FollowOptions, PollIntervals } from './follow-shard.ts';
import { followStream } from './follow-stream.ts';
import { Gate } from './gate.ts';
import { tableOf } from './stream-event.ts';
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

  const streams = new Map<string, { readonly bell: WakeSignal; readonly ended: Promise<void> }>();
  /** Streams that are still listed, but are gone, or are disabled and read to their end. */
  const done = new Set<string>();
  const follow = async (arn: string, bell: WakeSignal): Promise<void> => {
    try {
      await followStream(following, arn, bell);
      done.add(arn);
    } catch (error) {
      // the next search for streams starts it again
      if (!signal.aborted)
        log.warn(
          { table: tableOf(arn), error: nameOf(error) },
          'reading a stream failed; it is started again',
        );
    } finally {
      streams.delete(arn);
    }
  };
  const pollSignal = new WakeSignal(MIN_POLL_MS);
  const pollStreams = async (): Promise<void> => {
    const arns = await client.list(signal);
    checkpoints.keepStreams([...arns, ...streams.keys()]);
    for (const arn of done) if (!arns.includes(arn)) done.delete(arn);
    for (const arn of arns) {
      if (done.has(arn) || streams.has(arn)) continue;
      const bell = new WakeSignal(pace.leastMs);
      streams.set(arn, { bell, ended: follow(arn, bell) });
    }
  };
  const repeat = async (everyMs: number, what: string, bell: WakeSignal, work: () => Promise<void>) => {
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
  const loops = [
    repeat(pace.pollMs, 'cannot list the streams; trying again', pollSignal, pollStreams),
    ...(folder === undefined
      ? []
      : [
          repeat(SAVE_MS, 'cannot save the checkpoints; trying again', new WakeSignal(0), () =>
            checkpoints.save(),
          ),
        ]),
  ];

  return {
    pause: () => gate.close(),
    resume: () => gate.open(),
    wake(table) {
      const bells = [...streams].filter(([arn]) => tableOf(arn) === table).map(([, { bell }]) => bell);
      for (const bell of bells) bell.ring();
      if (bells.length === 0) pollSignal.ring();
    },
    async stop() {
      stopped.abort();
      await Promise.all([...loops, ...[...streams.values()].map(({ ended }) => ended)]);
      client.close();
      await checkpoints.save();
    },
  };
};
