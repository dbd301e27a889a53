import { isDeepStrictEqual } from 'node:util';
import type { DriverEvent, Exchange, Vector } from './messages.ts';

/** The first step of a vector after which a driver's events were not those expected. */
export interface VectorFailure {
  readonly vector: string;
  readonly rules: readonly string[];
  /** Number of the step, from 1. */
  readonly step: number;
  readonly command: unknown;
  readonly expected: readonly DriverEvent[];
  readonly events: readonly DriverEvent[];
}

/** Runs one vector. @returns undefined if the driver passes it. */
export const runVector = async (vector: Vector, exchange: Exchange): Promise<VectorFailure | undefined> => {
  for (const [n, { command, expect: expected }] of vector.steps.entries()) {
    const { events } = await exchange(command);
    if (areExpected(events, expected)) continue;
    return { vector: vector.name, rules: vector.rules, step: n + 1, command, expected, events };
  }
  return undefined;
};

/** True if each expected event is there once, in any order, and no other. */
const areExpected = (events: readonly DriverEvent[], expected: readonly DriverEvent[]): boolean => {
  const open = [...events];
  for (const one of expected) {
    const found = open.findIndex((event) => matches(event, one));
    if (found < 0) return false;
    open.splice(found, 1);
  }
  return open.length === 0;
};

/** True if an event has every field that is expected. Of a message only the expected part has to be there. */
const matches = (event: DriverEvent, expected: DriverEvent): boolean =>
  Object.entries(expected).every(([field, value]) =>
    field === 'message'
      ? event.message?.includes(String(value)) === true
      : isDeepStrictEqual(event[field], value),
  );
