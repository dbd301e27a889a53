import * as z from 'zod';
import type { JSONValue } from '../../json.ts';

/**
 * The supported comparisons of a pattern; Lambda has more. [Lambda developer guide, Control which events Lambda sends to
 * your function]
 */
const Comparison = z.union([
  z.string(),
  z.number(),
  z.boolean(),
  z.null(),
  z.strictObject({ prefix: z.string() }),
  z.strictObject({ exists: z.boolean() }),
]);
type Comparison = z.output<typeof Comparison>;
type Pattern = { [field: string]: Pattern | Comparison[] };
const Pattern: z.ZodType<Pattern> = z.record(
  z.string(),
  z.union([z.array(Comparison), z.lazy(() => Pattern)]),
);

/**
 * Returns a predicate: true if an event matches one of the patterns, or if there are none.
 * @throws z.ZodError for unsupported comparisons
 */
export const filterOf = (patterns: readonly string[]): ((event: JSONValue) => boolean) => {
  const parsed = patterns.map((pattern) => Pattern.parse(JSON.parse(pattern)));
  return (event) => parsed.length === 0 || parsed.some((pattern) => passes(event, pattern));
};

const passes = (event: JSONValue | undefined, pattern: Pattern): boolean =>
  Object.entries(pattern).every(([field, wanted]) => {
    const value = fieldOf(event, field);
    return Array.isArray(wanted)
      ? wanted.some((comparison) => isAs(value, comparison))
      : passes(value, wanted);
  });

/** Returns a field of an object; undefined if there is none. */
export const fieldOf = (value: JSONValue | undefined, field: string): JSONValue | undefined =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? value[field] : undefined;

const isAs = (value: JSONValue | undefined, comparison: Comparison): boolean =>
  typeof comparison === 'object' && comparison !== null
    ? 'prefix' in comparison
      ? typeof value === 'string' && value.startsWith(comparison.prefix)
      : (value !== undefined) === comparison.exists
    : value === comparison;
