import type { PostArgs } from '../api/client.ts';
import type { Action } from '../api/schema.ts';

type Body = PostArgs<'/migrations/{migrationId}/actions/{action}'>['body'];
type Fields = Pick<Body, 'holdMs' | 'writeUnitsPerSecond' | 'readUnitsPerSecond'>;

const HOUR_MS = 60 * 60_000;

/** Texts in the fields of an action's dialog. */
export type TypedFields = Readonly<Record<'hours' | 'write' | 'read', string>>;

/** Returns the further fields of an action's request; undefined if one of them is wrong, or a needed one is missing. */
export const actionFields = (
  name: Action['name'],
  { hours, write, read }: TypedFields,
): Fields | undefined => {
  if (name === 'hold') {
    const given = hoursIn(hours);
    return given === undefined ? undefined : { holdMs: Math.round(given * HOUR_MS) };
  }
  if (name !== 'limit') return {};
  const isGiven = write.trim() !== '' || read.trim() !== '';
  if (!isGiven || unitsError(write) !== undefined || unitsError(read) !== undefined) return undefined;
  return {
    ...(write.trim() === '' ? {} : { writeUnitsPerSecond: Number(write) }),
    ...(read.trim() === '' ? {} : { readUnitsPerSecond: Number(read) }),
  };
};

/** Returns the number of hours in a text; undefined if it is none. */
export const hoursIn = (text: string): number | undefined => {
  const hours = Number(text);
  return text.trim() !== '' && hours >= 0 ? hours : undefined;
};

/** Returns the mistake in a limit that was typed; undefined if there is none, or nothing was typed. */
export const unitsError = (text: string): string | undefined => {
  if (text.trim() === '') return undefined;
  const units = Number(text);
  return Number.isInteger(units) && units >= 1 ? undefined : 'Give a whole number, 1 or more.';
};
