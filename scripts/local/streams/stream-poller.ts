import type { Log } from '../../../functions/migration/ports.ts';
import type { LocalFunction } from '../invoke.ts';
import { backoffMs, levelOf, nameOf } from './backoff.ts';
import { Bell } from './bell.ts';
import { Checkpoints } from './checkpoints.ts';
import type { Following, Pace } from './follow-shard.ts';
import { followStream } from './follow-stream.ts';
import { Gate } from './gate.ts';
import { tableOf } from './stream-event.ts';
import type { StreamsClient } from './streams-client.ts';

/**
 * A call costs a millisecond or two of a core, half of it in the engine: a stream that has been quiet for some seconds is
 * looked at twice a second. Lambda does so four times a second.
 */
const PACE: Pace = { leastMs: 25, mostMs: 500, lookMs: 1_000, shardsMs: 10_000 };
/** Between two looks for new streams, however often somebody writes to a table that has none, in ms. */
const LEAST_LOOK_MS = 100;
const SAVE_MS = 100;

export interface StreamPollerOptions {
  readonly client: StreamsClient;
  /** A function as Lambda's event source mapping calls it. */
  readonly run: LocalFunction;
  readonly log: Log;
  /** Where it keeps how far it has come, nobody else's folder; absent to begin with the oldest records each time. */
  readonly folder?: string | undefined;
  readonly pace?: Partial<Pace>;
  /** Told of records that the function has taken. */
  readonly onTaken?: Following['onTaken'];
}

export interface StreamPoller {
  /** From now on no record is handed out, as if the function were down; what it has in hand it finishes. */
  pause(): void;
  resume(): void;
  /** Says that something was written to the table, so that it is looked at now. For speed only. */
  wake(table: string): void;
  /** Ends it when the function has finished what it has in hand. */
  stop(): Promise<void>;
}

/** Feeds the records of every stream there is, and of each that comes, to the function, in order, until it takes them. */
export const startStreamPoller = async (options: StreamPollerOptions): Promise<StreamPoller> => {
  const { client, run, log, folder } = options;
  const checkpoints = await Checkpoints.open(folder);
  const pace = { ...PACE, ...options.pace };
  const gate = new Gate();
  const stopped = new AbortController();
  const { signal } = stopped;
  const following: Following = {
    client,
    run,
    log,
    checkpoints,
    pace,
    gate,
    signal,
    onTaken: options.onTaken,
  };

  const streams = new Map<string, { readonly bell: Bell; readonly ended: Promise<void> }>();
  /** Off and read to their end, or gone, as far as they are still listed. */
  const done = new Set<string>();
  const follow = async (arn: string, bell: Bell): Promise<void> => {
    try {
      await followStream(following, arn, bell);
      done.add(arn);
    } catch (error) {
      // it is begun again with the next look for streams
      if (!signal.aborted) log.warn({ table: tableOf(arn), error: nameOf(error) }, 'a stream broke off');
    } finally {
      streams.delete(arn);
    }
  };
  const lookAgain = new Bell(LEAST_LOOK_MS);
  const look = async (): Promise<void> => {
    const arns = await client.list(signal);
    checkpoints.keepStreams([...arns, ...streams.keys()]);
    for (const arn of done) if (!arns.includes(arn)) done.delete(arn);
    for (const arn of arns) {
      if (done.has(arn) || streams.has(arn)) continue;
      const bell = new Bell(pace.leastMs);
      streams.set(arn, { bell, ended: follow(arn, bell) });
    }
  };
  const repeat = async (everyMs: number, what: string, bell: Bell, work: () => Promise<void>) => {
    for (let failures = 0; !signal.aborted; ) {
      const startedAt = performance.now();
      const error = await work().then(
        () => undefined,
        (thrown: unknown) => thrown ?? new Error('nothing'),
      );
      if (signal.aborted) return;
      failures = error === undefined ? 0 : failures + 1;
      if (error !== undefined) log[levelOf(failures)]({ tries: failures, error: nameOf(error) }, what);
      const waitMs = bell.rungAt > startedAt ? LEAST_LOOK_MS : everyMs;
      // it rejects only when all is to end, and the loop's condition sees that
      await bell.wait(failures > 0 ? backoffMs(failures) : waitMs, signal).catch(() => {});
    }
  };
  const loops = [
    repeat(pace.lookMs, 'streams can not be listed for now', lookAgain, look),
    ...(folder === undefined
      ? []
      : [repeat(SAVE_MS, 'checkpoints can not be saved for now', new Bell(0), () => checkpoints.save())]),
  ];

  return {
    pause: () => gate.close(),
    resume: () => gate.open(),
    wake(table) {
      const bells = [...streams].filter(([arn]) => tableOf(arn) === table).map(([, { bell }]) => bell);
      for (const bell of bells) bell.ring();
      if (bells.length === 0) lookAgain.ring();
    },
    async stop() {
      stopped.abort();
      await Promise.all([...loops, ...[...streams.values()].map(({ ended }) => ended)]);
      client.close();
      await checkpoints.save();
    },
  };
};
