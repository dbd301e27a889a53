import { createHash } from 'node:crypto';
import * as z from 'zod';
import { ApiProblem } from './problem.ts';

const Envelope = z.tuple([z.string(), z.unknown()]);

/**
 * Writes a place in a list as text that only this API reads.
 * @param list what was listed: a cursor of another list, or of the same one with other filters, is refused.
 */
export const cursorOf = (list: unknown, place: unknown): string =>
  Buffer.from(JSON.stringify([listHash(list), place])).toString('base64url');

/** Reads a place in a list. @throws ApiProblem if the cursor is not of this list. */
export const placeIn = <T>(schema: z.ZodType<T>, list: unknown, cursor: string): T => {
  const envelope = Envelope.safeParse(jsonIn(Buffer.from(cursor, 'base64url').toString()));
  const place = schema.safeParse(envelope.data?.[1]);
  if (!place.success || envelope.data?.[0] !== listHash(list))
    throw new ApiProblem(400, 'InvalidCursor', 'the cursor comes from another list. Start at the first page');
  return place.data;
};

const listHash = (list: unknown): string =>
  createHash('sha256').update(JSON.stringify(list)).digest('base64url').slice(0, 8);

const jsonIn = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};
