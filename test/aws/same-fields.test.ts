import { expect, test } from 'vitest';
import * as z from 'zod';
import { sameFieldsAs } from '../../functions/aws/same-fields.ts';
import { readSources } from '../house/imports.ts';

interface NoteRecord {
  readonly name: string;
  readonly note?: string;
  readonly states: readonly { readonly at: number; readonly reason?: string }[];
}
const note = z.string().optional();
const states = z.array(z.object({ at: z.number(), reason: z.string().optional() }));

test('a schema with the fields of its type is returned unchanged', () => {
  const schema = z.object({ name: z.string(), note, states });
  expect(schema.apply(sameFieldsAs<NoteRecord>())).toBe(schema);
});

// the type check fails if a line below a `@ts-expect-error` compiles
test('a schema that would drop a field, or that reads an unknown one, does not compile', () => {
  const check = sameFieldsAs<NoteRecord>();
  const schemas = [
    // @ts-expect-error the optional field `note` is missing
    check(z.object({ name: z.string(), states })),
    // @ts-expect-error the optional field `reason` of the elements is missing
    check(z.object({ name: z.string(), note, states: z.array(z.object({ at: z.number() })) })),
    // @ts-expect-error `note` is required
    check(z.object({ name: z.string(), note: z.string(), states })),
    // @ts-expect-error the type has no field `other`
    check(z.object({ name: z.string(), note, states, other: z.string() })),
    // @ts-expect-error `name` is a number
    check(z.object({ name: z.number(), note, states })),
  ];
  expect(schemas).toHaveLength(5);
});

/** Matches a check that accepts a schema without an optional field. Attribute values are recursive, so they need it. */
const LOOSE_CHECK = /satisfies\s+z\.ZodType\b|const \w+: z\.ZodType<(?!AttributeValue\b)/;

test('adapters check the schemas of records by their fields only', () => {
  const sources = readSources('functions/aws');
  expect(sources.size).toBeGreaterThan(0);
  expect([...sources].flatMap(([file, source]) => (LOOSE_CHECK.test(source) ? [file] : []))).toEqual([]);
});

test.each(['}) satisfies z.ZodType<NoteRecord>;', 'const Schema: z.ZodType<NoteRecord> = z.object({'])(
  'the looser check in "%s" is found',
  (source) => {
    expect(LOOSE_CHECK.test(source)).toBe(true);
  },
);
