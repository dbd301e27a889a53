import type { IndexValuesSoFar } from '../index-values.ts';
import type { EntityKey, EpochMs } from '../names.ts';

/**
 * Where the marker is in an index: `none` if no marker fits the index's keys, `waiting` until the index shows it, `shown`
 * until the index has lost it again, then `gone`.
 */
export const MARKER_STATES = ['none', 'waiting', 'shown', 'gone'] as const;
export type MarkerState = (typeof MARKER_STATES)[number];

/** What was found of one global index of the target before the flip. */
export interface IndexCheck {
  readonly index: string;
  readonly marker: MarkerState;
  /** Time from the marker's put until a poll found it in the index, in ms: an upper bound. */
  readonly lagMs?: number;
  /** Partition key values of the tenant's own; absent if nothing was counted. */
  readonly values?: number;
  /** Values whose items in the index were as many as in the target's partition. */
  readonly counted: number;
  /** Values whose items were not, at two polls or more. */
  readonly differing: number;
  /** Items under values that do not begin with the tenant's id: not counted, since other tenants may have them too (I4). */
  readonly uncountedItems: number;
}

/** How far the check of the target's indexes has come. `migrationId` + `INDEXES`. */
export interface IndexChecks {
  readonly attempt: number;
  /** Part of the marker's values; each marker has its own. */
  readonly nonce: string;
  readonly polls: number;
  /** When the marker was in the target. */
  readonly markedAt: EpochMs;
  /** When it was deleted again. */
  readonly deletedAt?: EpochMs;
  /** When the check ended. */
  readonly checkedAt?: EpochMs;
  /** Values that are still to be counted, or differed at the last poll, by their hashes; none once the check has ended. */
  readonly pending: readonly { readonly index: string; readonly valueHash: string }[];
  readonly indexes: readonly IndexCheck[];
}

/** Progress of a reading of the target's partition for the check. `migrationId` + `INDEX_VALUES`. */
export interface UnfinishedIndexValues {
  readonly attempt: number;
  /** Absent once all items have been read, if not all values could be looked for in the indexes. */
  readonly through?: EntityKey;
  /** Slices that it has taken so far. */
  readonly slices: number;
  readonly indexes: readonly IndexValuesSoFar[];
}

const MS = 1_000;
const seconds = (ms: number): string => `${Number((ms / MS).toFixed(1))} s`;

/** What a reader of the target's indexes may miss after the flip; empty if every index was up to date. */
export const indexWarnings = ({ indexes }: Pick<IndexChecks, 'indexes'>, maxLagMs: number): string[] =>
  indexes.flatMap(({ index, marker, counted, differing }) => [
    ...(marker === 'waiting'
      ? [
          `index ${index} did not show a new item within ${seconds(maxLagMs)}: its readers may miss items after the flip`,
        ]
      : []),
    ...(marker === 'shown'
      ? [`index ${index} still showed a deleted item of ours after ${seconds(maxLagMs)}; it goes by itself`]
      : []),
    ...(differing > 0
      ? [
          `index ${index} had another number of items than the target's partition for ${differing} of ${counted + differing} values: its readers may miss items after the flip`,
        ]
      : []),
  ]);

/** What was not checked, by the index's name. */
const indexGaps = ({ indexes }: Pick<IndexChecks, 'indexes'>): string[] =>
  indexes.flatMap(({ index, marker, values, uncountedItems }) => [
    ...(marker === 'none' ? [`index ${index}: lag not measured, since no marker fits its keys`] : []),
    ...(values === undefined ? [`index ${index}: not counted, since the tenant is too large`] : []),
    ...(uncountedItems > 0
      ? [
          `index ${index}: ${uncountedItems} items not counted, since their values do not begin with the tenant's id`,
        ]
      : []),
  ]);

/** The warnings, and what was not checked: for the report. */
export const indexNotices = (checks: Pick<IndexChecks, 'indexes'>, maxLagMs: number): string[] => [
  ...indexWarnings(checks, maxLagMs),
  ...indexGaps(checks),
];

/** One line for the audit trail. */
export const indexEvent = (checks: Pick<IndexChecks, 'indexes'>, maxLagMs: number): string => {
  const warnings = indexWarnings(checks, maxLagMs);
  const measured = checks.indexes.flatMap(({ index, lagMs, values, counted }) => [
    ...(lagMs === undefined ? [] : [`${index} showed a new item within ${seconds(lagMs)}`]),
    ...(values === undefined
      ? []
      : [`${index} had the right number of items for ${counted} of ${values} values`]),
  ]);
  const title = warnings.length > 0 ? 'IndexBehind' : "the target's indexes were checked";
  return `${title}: ${[...warnings, ...measured, ...indexGaps(checks)].join('; ')}`;
};
