import type { EventSourceMappingConfiguration } from '@aws-sdk/client-lambda';
import type { Mapping } from './stream-mappings.ts';

/** Settings of a mapping, in Lambda's form. */
type MappingSettings = Omit<Mapping, 'StartingPosition'>;

/**
 * Settings of a mapping that is created without them. [Lambda developer guide, Lambda parameters for Amazon DynamoDB event
 * source mappings]
 */
const DEFAULTS = {
  BatchSize: 100,
  BisectBatchOnFunctionError: false,
  FilterCriteria: { Filters: [] },
  FunctionResponseTypes: [],
  MaximumBatchingWindowInSeconds: 0,
  MaximumRecordAgeInSeconds: -1,
  MaximumRetryAttempts: -1,
  ParallelizationFactor: 1,
  TumblingWindowInSeconds: 0,
} as const satisfies MappingSettings;

export interface MappingChanges {
  /** Settings that differ and that Lambda can change, with the wanted values. */
  readonly changes: MappingSettings;
  /** Settings that differ and cannot be changed, as `name is value`. */
  readonly fixed: readonly string[];
}

/**
 * Compares an existing mapping with the wanted one. A mapping that skips records, or processes several batches of a shard at
 * once, would leave changes out of the journal (I2).
 */
export const mappingChanges = (
  found: EventSourceMappingConfiguration,
  { StartingPosition, ...wanted }: Mapping,
): MappingChanges => {
  const target: MappingSettings = { ...DEFAULTS, ...wanted };
  const changes = Object.fromEntries(
    Object.entries(target).filter(
      ([name, value]) => comparable(value) !== comparable(settingOf(found, name)),
    ),
  );
  // a mapping with LATEST may miss records while it is created or changed [Lambda developer guide, Polling and stream
  // starting positions]
  const mayLoseRecords = StartingPosition === 'TRIM_HORIZON' && found.StartingPosition === 'LATEST';
  return {
    changes,
    fixed: [
      ...(mayLoseRecords ? ['StartingPosition is LATEST'] : []),
      // the filters of an encrypted mapping are not listed
      ...(found.KMSKeyArn === undefined ? [] : ['KMSKeyArn is set']),
    ],
  };
};

const settingOf = (found: EventSourceMappingConfiguration, name: string): unknown => {
  const values: Readonly<Record<string, unknown>> = { ...DEFAULTS, ...withoutUndefined(found) };
  return values[name];
};

/** Removes fields without a value: Lambda leaves out a missing setting, or returns null for it. */
const withoutUndefined = (values: object): object =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined && value !== null));

/**
 * Returns a text that is the same for equivalent values: lists are in any order, an empty value may be missing
 * (`OnSuccess: {}`), and a filter's pattern is JSON.
 */
const comparable = (value: unknown): string => {
  if (Array.isArray(value)) return value.length === 0 ? '' : `[${value.map(comparable).sort().join()}]`;
  if (typeof value !== 'object' || value === null) return value === undefined ? '' : JSON.stringify(value);
  const parts = Object.entries(value)
    .map(([name, one]) => [name, comparable(name === 'Pattern' ? parsed(one) : one)] as const)
    .filter(([, text]) => text !== '');
  return parts.length === 0
    ? ''
    : `{${parts
        .map((part) => part.join(':'))
        .sort()
        .join()}}`;
};

const parsed = (text: unknown): unknown => {
  try {
    return JSON.parse(String(text));
  } catch {
    return text;
  }
};
