import type { DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import type { Clock } from '../../functions/migration/clock-port.ts';

/**
 * A process whose machine is suspended at times, such as a Lambda environment between two invocations or a hibernated
 * instance. While suspended, it sends and receives nothing, its monotonic clock and timers stop, and its wall clock continues.
 */
export class SuspendableProcess {
  readonly clock: Clock;
  #suspendedAt: number | undefined;
  #resumed: Promise<unknown> = Promise.resolve();
  #lostMs = 0;

  constructor(clock: Clock) {
    const monotonic = () => (this.#suspendedAt ?? performance.now()) - this.#lostMs;
    this.clock = {
      ...clock,
      monotonic,
      sleep: async (ms, signal) => {
        const until = monotonic() + ms;
        do {
          await clock.sleep(Math.max(until - monotonic(), 0), signal);
          await this.#resumed;
        } while (monotonic() < until);
        signal?.throwIfAborted();
      },
    };
  }

  /**
   * Suspends the process. Resolves once it runs again; at once if it is suspended already.
   * @param until resolves when the process shall continue; never rejects.
   */
  async suspend(until: Promise<unknown>): Promise<void> {
    if (this.#suspendedAt !== undefined) return;
    this.#suspendedAt = performance.now();
    this.#resumed = until;
    await until;
    this.#lostMs += performance.now() - this.#suspendedAt;
    this.#suspendedAt = undefined;
  }

  /** Settings for the process's SDK clients: their requests and answers are delayed while it is suspended. */
  readonly client: Pick<DynamoDBClientConfig, 'extensions'> = {
    extensions: [
      {
        configure: (config) => {
          const handler = config.httpHandler();
          const handle = handler.handle.bind(handler);
          handler.handle = async (request, options) => {
            await this.#resumed;
            const answer = await handle(request, options);
            await this.#resumed;
            return answer;
          };
        },
      },
    ],
  };
}
