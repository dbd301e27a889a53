import type { HandlerRun } from '../../scripts/local/stack.ts';

class Planted extends Error {
  override readonly name = 'Planted';
}

/** A state that fails every time it runs, before or after its work. */
export interface Plant {
  readonly state: string;
  readonly when: 'before' | 'after';
}

/**
 * Makes a step fail inside its handler, which saves the reason before it throws. An error thrown around the handler would be a
 * crash, which a Map reports only as an exceeded failure threshold.
 */
export const failingStep =
  (run: HandlerRun, { state, when }: Plant): HandlerRun =>
  (ports, event, context) => {
    const fail = (): never => {
      throw new Planted(`${when} ${state}`);
    };
    // a handler reads its remaining time right before its work, and logs right after it
    if (when === 'before') return run(ports, event, { ...context, getRemainingTimeInMillis: fail });
    const { log } = ports;
    const info: typeof log.info = (fields, message) =>
      message === 'step done' ? fail() : log.info(fields, message);
    return run({ ...ports, log: { info, warn: (...given) => log.warn(...given) } }, event, context);
  };
