import type { Log } from '../../functions/migration/ports.ts';
import { invoke, type LocalFunction } from './invoke.ts';
import type { JSONValue } from './json.ts';
import { Bell } from './streams/bell.ts';

const TIMEOUT_SECONDS = 60;

export interface Dispatcher {
  /** Says that an execution has ended, as EventBridge does. @param input the execution's; absent to say only that. */
  ended(input?: string): void;
  /** Ends it when the function has finished what it has in hand. */
  stop(): Promise<void>;
}

/**
 * Calls the dispatcher's function when an execution has ended and on a schedule, one call at a time.
 * @param everyMs between two calls of the schedule.
 */
export const startDispatcher = (given: {
  readonly run: LocalFunction;
  readonly log: Log;
  readonly everyMs: number;
}): Dispatcher => {
  const bell = new Bell(0);
  const stopped = new AbortController();
  const events: JSONValue[] = [];
  const work = async (): Promise<void> => {
    while (!stopped.signal.aborted) {
      const event = events.shift() ?? {};
      await invoke(given.run, event, TIMEOUT_SECONDS).catch((error: Error) =>
        given.log.warn({ error: error.name }, 'the dispatcher failed; it is called again'),
      );
      if (events.length === 0) await bell.wait(given.everyMs, stopped.signal).catch(() => undefined);
    }
  };
  const done = work();
  return {
    ended(input) {
      events.push(input === undefined ? {} : { detail: { input } });
      bell.ring();
    },
    async stop() {
      stopped.abort();
      await done;
    },
  };
};
