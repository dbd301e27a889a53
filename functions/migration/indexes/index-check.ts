import * as z from 'zod';
import { counted } from '../counted.ts';
import { formatDuration } from '../format-duration.ts';
import { IndexValueCounts } from '../items/index-values.ts';
import type { EntityKey, EpochMs } from '../names.ts';
import { type FieldsOf, named } from '../record-fields.ts';
import type { Settings } from '../settings/settings.ts';

/**
 * States of the marker in an index: `none` if no marker fits the index's keys, `waiting` until the index shows it, `shown`
 * until the index no longer shows it, then `gone`.
 */
const MARKER_STATES = ['none', 'waiting', 'shown', 'gone'] as const;

/** Findings about one global index of the target before the flip. */
export const IndexCheck = z.object({
  index: z.string(),
  marker: z.enum(MARKER_STATES),
  /** Time from the marker's put until a poll found it in the index, in ms: an upper bound. */
  lagMs: z.number().optional(),
  /** Number of partition key values that belong to the tenant; absent if nothing was counted. */
  values: z.number().optional(),
  /** Number of values under which index and target partition had equally many items. */
  counted: z.number(),
  /** Number of values under which they had not, at two polls or more. */
  differing: z.number(),
  /** Items under values that do not begin with the tenant's id. They are not counted: other tenants may share them (I4). */
  uncountedItems: z.number(),
});
export type IndexCheck = FieldsOf<typeof IndexCheck>;

/** Progress of the check of the target's indexes. `migrationId` + `INDEXES`. */
export const IndexCheckProgress = z.object({
  attempt: z.number().int().positive(),
  /** Part of the marker's key values; unique to each marker. */
  nonce: z.string(),
  polls: z.number(),
  /** Time at which the marker had been written to the target. */
  putAt: named.number<EpochMs>(),
  /** Time at which it had been deleted again. */
  deletedAt: named.number<EpochMs>().optional(),
  /** Time at which the check ended. */
  checkedAt: named.number<EpochMs>().optional(),
  /** Hashes of the values that are still to be counted, or differed at the last poll; empty once the check has ended. */
  pending: z.array(z.object({ index: z.string(), valueHash: z.string() })),
  indexes: z.array(IndexCheck),
});
export type IndexCheckProgress = FieldsOf<typeof IndexCheckProgress>;

/** Progress of a reading of the target's partition for the check. `migrationId` + `INDEX_VALUES`. */
export const UnfinishedIndexValues = z.object({
  attempt: z.number().int().positive(),
  /** Last key that was read. Absent once all items have been read, if some values still have to be counted in the indexes. */
  through: named.text<EntityKey>().optional(),
  /** Number of slices taken so far. */
  slices: z.number(),
  indexes: z.array(IndexValueCounts),
});
export type UnfinishedIndexValues = FieldsOf<typeof UnfinishedIndexValues>;

type Limits = Settings['indexCheck'];

/** Returns warnings about items that readers of the target's indexes may miss after the flip; empty if no index lags. */
export const indexWarnings = (
  { indexes }: Pick<IndexCheckProgress, 'indexes'>,
  { maxLagMs }: Pick<Limits, 'maxLagMs'>,
): string[] =>
  indexes.flatMap(({ index, marker, counted, differing }) => [
    ...(marker === 'waiting'
      ? [
          `index ${index} did not show a new item within ${formatDuration(maxLagMs)}: its readers may miss items after the flip`,
        ]
      : []),
    ...(marker === 'shown'
      ? [
          `index ${index} still showed Tierferry's deleted test item after ${formatDuration(maxLagMs)}; DynamoDB removes it later`,
        ]
      : []),
    ...(differing > 0
      ? [
          `index ${index} and the target's partition had different item counts for ${differing} of ${counted + differing} values: its readers may miss items after the flip`,
        ]
      : []),
  ]);

/** Returns a sentence about the indexes whose items were not counted; empty if all were. */
const uncounted = (indexes: readonly string[], maxItems: number): string[] => {
  if (indexes.length === 0) return [];
  const names = `${indexes.length === 1 ? 'index' : 'indexes'} ${indexes.join(', ')}`;
  return [
    maxItems === 0
      ? `${names}: items not counted, since indexCheck.maxItems is 0`
      : `${names}: items not counted. They are counted for tenants of up to ${counted(maxItems, 'item')} (indexCheck.maxItems), if the read limit leaves time`,
  ];
};

/** Returns sentences about the parts of indexes that were not checked. */
const indexGaps = (
  { indexes }: Pick<IndexCheckProgress, 'indexes'>,
  { maxItems }: Pick<Limits, 'maxItems'>,
): string[] => [
  ...indexes.flatMap(({ index, marker, uncountedItems }) => [
    ...(marker === 'none' ? [`index ${index}: lag not measured, since no marker fits its keys`] : []),
    ...(uncountedItems > 0
      ? [
          `index ${index}: ${counted(uncountedItems, 'item')} not counted, since their values do not begin with the tenant's id`,
        ]
      : []),
  ]),
  ...uncounted(
    indexes.filter(({ values }) => values === undefined).map(({ index }) => index),
    maxItems,
  ),
];

/** Returns the notices for the report: the warnings, and the parts that were not checked. */
export const indexNotes = (checks: Pick<IndexCheckProgress, 'indexes'>, limits: Limits): string[] => [
  ...indexWarnings(checks, limits),
  ...indexGaps(checks, limits),
];

/** Returns the check's result as one line for the audit trail. */
export const indexEvent = (checks: Pick<IndexCheckProgress, 'indexes'>, limits: Limits): string => {
  const warnings = indexWarnings(checks, limits);
  const measured = checks.indexes.flatMap(({ index, lagMs, values, counted }) => [
    ...(lagMs === undefined ? [] : [`${index} showed a new item within ${formatDuration(lagMs)}`]),
    ...(values === undefined
      ? []
      : [`${index} had the right number of items for ${counted} of ${values} values`]),
  ]);
  const title = warnings.length > 0 ? 'IndexBehind' : "the target's indexes were checked";
  return `${title}: ${[...warnings, ...measured, ...indexGaps(checks, limits)].join('; ')}`;
};
