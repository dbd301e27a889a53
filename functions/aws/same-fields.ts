import type * as z from 'zod';

/**
 * Checks at compile time that a schema has the same fields as a type of the core, at every depth, with the same ones
 * optional: `z.object({ ... }).apply(sameFieldsAs<Route>())`. For schemas that cannot extend one of the core, and for
 * those with a transform. `satisfies` accepts a schema without an optional field, and zod drops unknown fields: the field
 * would be stored, but never read.
 */
export const sameFieldsAs =
  <T>() =>
  <Schema extends z.ZodType<T>>(
    schema: Schema & NoDifference<FieldPaths<z.output<Schema>>, FieldPaths<T>>,
  ): Schema =>
    schema;

/** Any value if the paths are the same. Otherwise a type that no schema has, which names the paths of one side only. */
type NoDifference<InSchema, InType> = [Exclude<InType, InSchema>, Exclude<InSchema, InType>] extends [
  never,
  never,
]
  ? unknown
  : {
      readonly missingFields: Exclude<InType, InSchema>;
      readonly unknownFields: Exclude<InSchema, InType>;
    };

/** Paths of all fields of a value, e.g. `fence?.deadline`. An optional field has a question mark. */
type FieldPaths<T> = T extends string | number | boolean | null | undefined
  ? never
  : T extends readonly (infer Element)[]
    ? FieldPaths<Element>
    : {
        [Name in keyof T & string]-?:
          | FieldName<T, Name>
          | `${FieldName<T, Name>}.${FieldPaths<Exclude<T[Name], undefined>>}`;
      }[keyof T & string];

type FieldName<T, Name extends keyof T & string> = undefined extends T[Name] ? `${Name}?` : Name;
