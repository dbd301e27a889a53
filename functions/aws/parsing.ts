import * as z from 'zod';

/** A string or number of ours with a name of its own; what it may hold is checked where it comes in from outside. */
export const named = {
  text: <T extends string>() => z.string().transform((text) => text as T),
  number: <T extends number>() => z.number().transform((number) => number as T),
};

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
  z
    .string()
    .transform((text): unknown => JSON.parse(text))
    .pipe(
      z.custom<T>(
        (value) => typeof value === 'object' && value !== null && fields.every((field) => field in value),
        `a document with ${fields.join(', ')}`,
      ),
    );
