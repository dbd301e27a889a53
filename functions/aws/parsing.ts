import * as z from 'zod';
import { RecordDamaged } from '../migration/errors.ts';

/** Identifies one record of our own tables: `key` holds the values of its key attributes, joined by '/'. */
export type RecordLocation = Pick<RecordDamaged, 'table' | 'key'>;

/**
 * Parses one record, separately from others, so that a damaged one affects no other.
 * @throws RecordDamaged with the first invalid field, without its value.
 */
export const parseRecord = <T>(schema: z.ZodType<T>, place: RecordLocation, record: unknown): T => {
  const parsed = schema.safeParse(record);
  if (parsed.success) return parsed.data;
  throw new RecordDamaged({ ...place, field: parsed.error.issues[0]?.path.join('.') || 'record' });
};

/**
 * Converts a number from DynamoDB. One that JavaScript cannot represent becomes NaN, which no schema accepts. The SDK would
 * throw instead, and one record would make a whole page of a query fail.
 */
export const numberIn = (text: string): number => {
  const number = Number(text);
  return Math.abs(number) <= Number.MAX_SAFE_INTEGER ? number : Number.NaN;
};

/** Schema of a text with JSON. The issue for invalid JSON leaves out the text, which `JSON.parse` would quote. */
export const jsonText = z.string().transform((text, context): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    context.addIssue({ code: 'custom', message: 'not JSON' });
    return z.NEVER;
  }
});

/** Returns JSON in ASCII, so that it can be cut anywhere and a character is a byte. */
export const asciiJson = (value: object): string =>
  JSON.stringify(value).replaceAll(
    /[\u0080-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );

/**
 * Schema of a JSON document that only our own code writes and reads. Checks only that its fields are there.
 * @param fields fields that every such document has.
 */
export const jsonDocument = <T extends object>(...fields: (keyof T & string)[]) =>
  jsonText.pipe(
    z.custom<T>(
      (value) => typeof value === 'object' && value !== null && fields.every((field) => field in value),
      `a document with ${fields.join(', ')}`,
    ),
  );
