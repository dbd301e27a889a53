import * as z from 'zod';
import { RecordDamaged } from '../migration/errors.ts';

/** A string or number of ours with a name of its own; what it may hold is checked where it comes in from outside. */
export const named = {
  text: <T extends string>() => z.string().transform((text) => text as T),
  number: <T extends number>() => z.number().transform((number) => number as T),
};

/** Identifies one record of our own tables: `key` holds the values of its key attributes, joined by '/'. */
export type RecordPlace = Pick<RecordDamaged, 'table' | 'key'>;

/**
 * Parses one record by itself, so that a damaged one affects no other.
 * @throws RecordDamaged with the first field that cannot be read, and no value.
 */
export const parseRecord = <T>(schema: z.ZodType<T>, place: RecordPlace, record: unknown): T => {
  const parsed = schema.safeParse(record);
  if (parsed.success) return parsed.data;
  throw new RecordDamaged({ ...place, field: parsed.error.issues[0]?.path.join('.') || 'record' });
};

/**
 * A number as DynamoDB sends it. One that JavaScript cannot hold becomes NaN, which no schema accepts: the SDK would
 * throw instead, and a page of a query would fail because of one record.
 */
export const numberIn = (text: string): number => {
  const number = Number(text);
  return Math.abs(number) <= Number.MAX_SAFE_INTEGER ? number : Number.NaN;
};

/** Text that holds JSON. Invalid JSON is an issue without the text: `JSON.parse` would quote it. */
export const jsonText = z.string().transform((text, context): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    context.addIssue({ code: 'custom', message: 'not JSON' });
    return z.NEVER;
  }
});

/** JSON in ASCII, so that it can be cut anywhere and a character is a byte. */
export const asciiJson = (value: object): string =>
  JSON.stringify(value).replaceAll(
    /[\u0080-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );

/**
 * A document of ours that only our own code writes and reads whole, kept as JSON, whatever its shape.
 * @param fields that every such document has.
 */
export const jsonDocument = <T extends object>(...fields: (keyof T & string)[]) =>
  jsonText.pipe(
    z.custom<T>(
      (value) => typeof value === 'object' && value !== null && fields.every((field) => field in value),
      `a document with ${fields.join(', ')}`,
    ),
  );
