import type { Log } from '../../functions/migration/log-port.ts';
import { invoke, type LocalFunction } from './invoke.ts';
import type { JSONValue } from './json.ts';
import { WakeSignal } from './streams/wake-signal.ts';

const TIMEOUT_SECONDS = 100;

export interface Schedule {
  /** Reports that an execution has ended, as EventBridge does. @param input the execution's input; absent to leave it out */
  ended(input?: string): void;
  /** Stops the schedule. Resolves once the current call has ended. */
  stop(): Promise<void>;
}

/**
 * Calls a function on a schedule and whenever an execution has ended, one call at a time.
 * @param everyMs time between two scheduled calls.
 */
export const startSchedule = (given: {
  readonly run: LocalFunction;
  readonly log: Log;
  readonly everyMs: number;
}): Schedule => {
  const wakeUp = new WakeSignal(0);
  const stopped = new AbortController();
  const events: JSONValue[] = [];
  const work = async (): Promise<void> => {
    while (!stopped.signal.aborted) {
      const event = events.shift() ?? {};
      await invoke(given.run, event, TIMEOUT_SECONDS).catch((error: Error) =>
        given.log.warn({ error: error.name }, 'a scheduled function failed; it is called again'),
      );
      if (events.length === 0) await wakeUp.wait(given.everyMs, stopped.signal).catch(() => undefined);
    }
  };
  const done = work();
  return {
    ended(input) {
      events.push(input === undefined ? {} : { detail: { input } });
      wakeUp.ring();
    },
    async stop() {
      stopped.abort();
      await done;
    },
  };
};
