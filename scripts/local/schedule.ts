import type { Log } from '../../functions/migration/ports.ts';
import { invoke, type LocalFunction } from './invoke.ts';
import type { JSONValue } from './json.ts';
import { Bell } from './streams/bell.ts';

const TIMEOUT_SECONDS = 100;

export interface Schedule {
  /** Says that an execution has ended, as EventBridge does. @param input the execution's; absent to say only that. */
  ended(input?: string): void;
  /** Ends it when the function has finished what it has in hand. */
  stop(): Promise<void>;
}

/**
 * Calls a function on a schedule, and when it is told that an execution has ended, one call at a time.
 * @param everyMs between two calls of the schedule.
 */
export const startSchedule = (given: {
  readonly run: LocalFunction;
  readonly log: Log;
  readonly everyMs: number;
}): Schedule => {
  const bell = new Bell(0);
  const stopped = new AbortController();
  const events: JSONValue[] = [];
  const work = async (): Promise<void> => {
    while (!stopped.signal.aborted) {
      const event = events.shift() ?? {};
      await invoke(given.run, event, TIMEOUT_SECONDS).catch((error: Error) =>
        given.log.warn({ error: error.name }, 'a scheduled function failed; it is called again'),
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
