import type { AttributeValue } from '@aws-sdk/client-dynamodb';

export type RawRecord = Record<string, AttributeValue>;

/** A record with one damaged field. */
export interface Damage {
  readonly field: string;
  readonly how: 'deleted' | 'of another type' | 'null' | 'a number that JavaScript cannot hold';
  readonly record: RawRecord;
}

/** Value of damaged fields. No error and no log line may contain it. */
export const SECRET = 'value-that-must-not-be-shown';

/** Returns every damage of every field of a record, one at a time, including nested fields, but not the record's key. */
export const damagesOf = (record: RawRecord, keys: readonly string[]): readonly Damage[] =>
  pathsOf(record)
    .filter(([first = '']) => !keys.includes(first))
    .flatMap((path) => {
      const field = path.join('.');
      const old = valueAt(record, path);
      const isNumber = old?.N !== undefined;
      return [
        { field, how: 'deleted' as const, record: withValue(record, path, undefined) },
        { field, how: 'of another type' as const, record: withValue(record, path, otherType(old)) },
        { field, how: 'null' as const, record: withValue(record, path, { NULL: true }) },
        ...(isNumber
          ? [
              {
                field,
                how: 'a number that JavaScript cannot hold' as const,
                record: withValue(record, path, { N: '90071992547409931234.5' }),
              },
            ]
          : []),
      ];
    });

const otherType = (old: AttributeValue | undefined): AttributeValue =>
  old?.S === undefined ? { S: SECRET } : { L: [{ S: SECRET }] };

const pathsOf = (record: RawRecord): readonly (readonly string[])[] =>
  Object.entries(record).flatMap(([field, value]) => [
    [field],
    ...pathsOf(partsOf(value)).map((path) => [field, ...path]),
  ]);

/** Returns the fields of a map, or of the maps in a list by their position. */
const partsOf = (value: AttributeValue): RawRecord =>
  value.M ?? Object.fromEntries((value.L ?? []).flatMap((one, n) => (one.M ? [[String(n), one]] : [])));

const valueAt = (record: RawRecord, [field = '', ...rest]: readonly string[]): AttributeValue | undefined => {
  const value = record[field];
  return value && rest.length > 0 ? valueAt(partsOf(value), rest) : value;
};

const withValue = (
  record: RawRecord,
  [field = '', ...rest]: readonly string[],
  value: AttributeValue | undefined,
): RawRecord => {
  const { [field]: old, ...others } = record;
  if (rest.length === 0) return value === undefined ? others : { ...others, [field]: value };
  if (old?.L) {
    const parts = withValue(partsOf(old), rest, value);
    return { ...others, [field]: { L: Object.keys(parts).flatMap((n) => parts[n] ?? []) } };
  }
  return { ...others, [field]: { M: withValue(old?.M ?? {}, rest, value) } };
};
