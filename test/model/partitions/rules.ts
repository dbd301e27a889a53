import { withoutRules } from '../without-rules.ts';

/**
 * Rules by which each step covers all partitions of a tenant. `without` removes one, so that the step forgets the last
 * partition, and the search must find what that breaks.
 */
export const RULES = {
  /** The segments of the survey cover every partition. Copy, comparisons and clean-up go by them. */
  everyPartitionIsSurveyed: true,
  /** The target is read as empty in every partition before anything is put into it. */
  everyPartitionIsClaimed: true,
  everyPartitionIsCopied: true,
  /** A full comparison reads both sides of every partition. */
  everyPartitionIsCompared: true,

  /** Capture journals the changes of every partition, */
  everyPartitionIsCaptured: true,
  /** under an entity key that names the partition: two partitions may have the same sort key. */
  entriesNameTheirPartition: true,
  /** Partitions lie in different shards, so each has a sentinel, and the drain waits for all of them. */
  everyPartitionHasSentinel: true,
  everySentinelIsAwaited: true,
  /** The journal counts as empty if it has no entry of any partition. */
  journalOfEveryPartitionIsEmpty: true,
  /** Under the fence, the touched keys of every partition are compared. */
  touchedKeysOfEveryPartitionAreCompared: true,

  /** The tenant has one route. Its fence stops the writes of every partition, */
  fenceCoversTenant: true,
  /** the fence waits for the leases of all of them, */
  leasesCoverTenant: true,
  /** and the flip moves all of them at once. */
  flipMovesTenant: true,

  /** The kept source is compared with the target, and read again after the hold, in every partition. */
  everyPartitionIsVerified: true,
  everyPartitionIsCleanedUp: true,
  /** A rollback discards what the migration put into any partition of the target. */
  everyPartitionIsDiscarded: true,
  /** Journal entries, and the sentinels in the tables, are removed in every partition. */
  journalOfEveryPartitionIsCleared: true,
  everySentinelIsDeleted: true,
} as const satisfies Readonly<Record<string, boolean>>;

export type Rule = keyof typeof RULES;
export type Rules = Readonly<Record<Rule, boolean>>;

/** Returns the protocol without these rules. */
export const without = withoutRules(RULES);
