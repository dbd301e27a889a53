import * as z from 'zod';

/** Schemas for our branded strings and numbers. Their values were checked when they came in from outside. */
export const named = {
  text: <T extends string>() => z.string().transform((text) => text as T),
  number: <T extends number>() => z.number().transform((number) => number as T),
};

/**
 * The type of a record, read-only at every depth, inferred from the schema of its fields. Adapters extend the schema by
 * the stored form, so that each field is written once.
 */
export type FieldsOf<Schema extends z.ZodType> = ReadOnly<z.output<Schema>>;

type ReadOnly<T> = T extends string | number | boolean | null | undefined
  ? T
  : T extends readonly (infer Element)[]
    ? readonly ReadOnly<Element>[]
    : { readonly [Name in keyof T]: ReadOnly<T[Name]> };
