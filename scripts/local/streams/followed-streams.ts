import { nameOf } from './backoff.ts';
import type { FollowOptions } from './follow-shard.ts';
import { followStream } from './follow-stream.ts';
import { tableOf } from './stream-event.ts';
import { WakeSignal } from './wake-signal.ts';

/** The streams that a poller reads at present. */
export class FollowedStreams {
  readonly #options: FollowOptions;
  readonly #streams = new Map<string, { readonly bell: WakeSignal; readonly ended: Promise<void> }>();
  /** Streams that are still listed, but are gone, or are disabled and read to their end. */
  readonly #done = new Set<string>();

  constructor(options: FollowOptions) {
    this.#options = options;
  }

  /** Starts to follow the streams that are new since the last search. */
  async search(): Promise<void> {
    const { client, checkpoints, pace, signal } = this.#options;
    const arns = await client.list(signal);
    checkpoints.keepStreams([...arns, ...this.#streams.keys()]);
    for (const arn of this.#done) if (!arns.includes(arn)) this.#done.delete(arn);
    for (const arn of arns) {
      if (this.#done.has(arn) || this.#streams.has(arn)) continue;
      const bell = new WakeSignal(pace.leastMs);
      this.#streams.set(arn, { bell, ended: this.#follow(arn, bell) });
    }
  }

  /** Polls a table's streams at once. @returns false if none of its streams is followed */
  wake(table: string): boolean {
    const bells = [...this.#streams].filter(([arn]) => tableOf(arn) === table).map(([, { bell }]) => bell);
    for (const bell of bells) bell.ring();
    return bells.length > 0;
  }

  /** Returns once no stream is read any more, after the signal has aborted. */
  async ended(): Promise<void> {
    await Promise.all([...this.#streams.values()].map(({ ended }) => ended));
  }

  async #follow(arn: string, bell: WakeSignal): Promise<void> {
    const { log, signal } = this.#options;
    try {
      await followStream(this.#options, arn, bell);
      this.#done.add(arn);
    } catch (error) {
      // the next search for streams starts it again
      if (!signal.aborted)
        log.warn(
          { table: tableOf(arn), error: nameOf(error) },
          'reading a stream failed; it is started again',
        );
    } finally {
      this.#streams.delete(arn);
    }
  }
}
