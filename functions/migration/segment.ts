import * as z from 'zod';
import { Units } from './migration.ts';
import type { EntityKey, EpochMs, SegmentNumber } from './names.ts';
import { type FieldsOf, named } from './record-fields.ts';

/** A sort-key range of one tenant's partition: after `after` (exclusive) up to `through` (inclusive). */
export const KeyRange = z.object({
  after: named.text<EntityKey>().optional(),
  through: named.text<EntityKey>().optional(),
});
export type KeyRange = FieldsOf<typeof KeyRange>;

/** The checksum by which two sides are compared. It does not depend on the order of items or on pages. */
export const Checksum = z.object({
  items: z.number(),
  /** Sum of DynamoDB item sizes, in bytes. */
  bytes: z.number(),
  /** Sum modulo 2^256 of the SHA-256 hashes of all canonical items, in hex. */
  checksum: z.string(),
});
export type Checksum = FieldsOf<typeof Checksum>;

/**
 * Why an item cannot be moved as it is: the target rejects its index key, or a migration would leave it out or change
 * it.
 */
export type UnmovableKind =
  | 'index-key-type'
  | 'index-key-empty'
  | 'index-key-long'
  | 'reserved-key'
  | 'lost-attribute';

/** Items that cannot be moved for one reason. An item with two reasons is counted under both. */
export interface UnmovableItems {
  readonly kind: UnmovableKind;
  /** The key attribute of an index. */
  readonly attribute?: string;
  readonly items: number;
  /** The first of their keys. */
  readonly keys: readonly EntityKey[];
}

/** Findings of a reading pass over a segment. Merged over all segments they are the plan's survey. */
export interface Survey {
  readonly byEntityType: Readonly<Record<string, { readonly items: number; readonly bytes: number }>>;
  readonly largestItemBytes: number;
  /** Write units of putting every item once into a table without indexes (1 KB steps). */
  readonly tableWriteUnits: number;
  /** Write units that the indexes add. */
  readonly indexWriteUnits: number;
  /** Items that cannot be moved as they are; absent if there are none. */
  readonly unmovable?: readonly UnmovableItems[];
  /** Number of sentinels left by earlier migrations, which are not items of the tenant. */
  readonly sentinels?: number;
  /** Number of counted items that reading leaves out, found in the same key range by each reading. */
  readonly uncounted?: number;
}

/** A document that only our own code writes and reads. Its form is not checked. */
const survey = z.custom<Survey>();

/**
 * A worker's time-limited right to write this segment of the target. A worker whose claim is not renewed stops before
 * `until`.
 */
export const Claim = z.object({
  worker: z.string(),
  until: named.number<EpochMs>(),
});
export type Claim = FieldsOf<typeof Claim>;

/** A key on which two sides differ. */
export const Difference = z.object({
  key: named.text<EntityKey>(),
  /** `missing` on the target, `extra` on the target, or on both sides with `different` values. */
  kind: z.enum(['missing', 'extra', 'different']),
  /** SHA-256 of the canonical item on each side, in hex; absent if there is no item, or it is not known. */
  source: z.string().optional(),
  target: z.string().optional(),
});
export type Difference = FieldsOf<typeof Difference>;

/** Keys that differ in a segment: the first 100 of `differing`. */
export const Mismatch = z.object({
  differences: z.array(Difference),
  differing: z.number(),
  /** Number of `differing` keys that are `extra` on the target. Present if `differences` does not contain all keys. */
  extra: z.number().optional(),
  /**
   * Time at which a pass over the whole segment had first found these differences after the flip. By then every other
   * key had been found equal, or its change in the journal. Absent if the mismatch is from another comparison.
   */
  since: named.number<EpochMs>().optional(),
  /** Present if these are differences of the target left by a rollback. */
  isAfterReverseFlip: z.literal(true).optional(),
  /** The attempt that compared. Present with `since`. */
  attempt: z.number().optional(),
});
export type Mismatch = FieldsOf<typeof Mismatch>;

/** Live comparison of a segment, made while the tenant was written: what differed then was journalled. */
const LiveSegmentComparison = z.object({
  items: z.number(),
  differing: z.number(),
  /** Milliseconds that it took. */
  ms: z.number(),
  /** Number of the live comparison that it was part of. */
  round: z.number(),
});

/** Record of a segment. `migrationId` + `SEGMENT#n`. */
export const Segment = z.object({
  number: named.number<SegmentNumber>(),
  range: KeyRange,
  /** Number of items from the counting pass, exact at that time. */
  counted: z.number(),
  survey: survey.optional(),
  /** Findings of an unfinished survey, up to this key. */
  surveying: z.object({ through: named.text<EntityKey>(), survey }).optional(),
  claim: Claim.optional(),
  /** Key up to which the segment has been copied. */
  copiedThrough: named.text<EntityKey>().optional(),
  copied: z.object({ items: z.number(), bytes: z.number() }),
  copyDone: z.boolean(),
  /** Calls of the copy that DynamoDB throttled; absent if none was. */
  throttles: z.number().optional(),
  /** The last live comparison that has ended. */
  compared: LiveSegmentComparison.optional(),
  /** Progress of an unfinished comparison: all differing keys up to this one are journalled. */
  comparing: LiveSegmentComparison.extend({ through: named.text<EntityKey>() }).optional(),
  /**
   * Both sides as compared under the fence, or after the flip with the kept source. In the second case without the keys
   * that the application has changed on the target since; `changed` is their number.
   */
  verified: z
    .object({
      source: Checksum,
      target: Checksum,
      changed: z.number(),
      /** Present if the target left by a rollback was compared, and not the kept source. */
      isAfterReverseFlip: z.literal(true).optional(),
      /** The attempt that compared with the kept source; absent if both sides were compared under the fence. */
      attempt: z.number().optional(),
    })
    .optional(),
  /** The source as it was flipped, without items that may expire, because DynamoDB may delete those. */
  kept: Checksum.optional(),
  /** Number of items that may expire, which `kept` leaves out. They are recorded one by one. */
  keptExpiring: z.number().optional(),
  /** `kept` as read again after the hold. */
  keptAfterHold: Checksum.optional(),
  /** Number of items that may expire and were added or changed after the flip, or were missing before their time. */
  expiringChanged: z.number().optional(),
  /** Keys on which the sides differ, or on which the source differs from what was flipped. */
  mismatch: Mismatch.optional(),
  cleanUpDone: z.boolean(),
  units: z.object({
    survey: Units,
    copy: Units,
    verify: Units,
    cleanUp: Units,
  }),
});
export type Segment = FieldsOf<typeof Segment>;

/** Progress of comparing the items that may expire with those recorded at the flip. */
const ExpiringProgress = z.object({
  /** Recorded items not found so far, as entries of `ExpiringItems`, in base64. */
  unseen: z.base64(),
  changed: z.number(),
});
export type ExpiringProgress = FieldsOf<typeof ExpiringProgress>;

/** Sums over the keys compared so far, like `verified`, `kept` and the expiring items of a segment. */
const SidesProgress = z.object({
  source: Checksum,
  target: Checksum,
  kept: Checksum,
  changed: z.number(),
  /** Entries of `ExpiringItems`, in base64. */
  expiring: z.base64(),
});
export type SidesProgress = FieldsOf<typeof SidesProgress>;

const UnfinishedBase = z.object({
  /** The attempt that made the pass. Another attempt starts it again. */
  attempt: z.number(),
  /** Key up to which everything has been processed; absent at the beginning of the segment. */
  through: named.text<EntityKey>().optional(),
});

/** A comparison of the side that a flip has left with the live side. */
const UnfinishedComparison = UnfinishedBase.extend({
  pass: z.literal('comparison'),
  isAfterReverseFlip: z.boolean(),
  /** Time at which the pass began. A key that it left open was looked up in the journal at that time or later. */
  startedAt: named.number<EpochMs>(),
  sides: SidesProgress,
  unexplained: Mismatch,
});
export type UnfinishedComparison = FieldsOf<typeof UnfinishedComparison>;

/** A reading of the kept source after the hold. */
const UnfinishedVerification = UnfinishedBase.extend({
  pass: z.literal('verification'),
  read: Checksum,
  expiring: ExpiringProgress.optional(),
});
export type UnfinishedVerification = FieldsOf<typeof UnfinishedVerification>;

/** A search for the keys on which both sides differ, after the kept source was found to have changed. */
const UnfinishedDifferences = UnfinishedBase.extend({
  pass: z.literal('differences'),
  keptAfterHold: Checksum,
  expiringChanged: z.number(),
  found: Mismatch,
});
export type UnfinishedDifferences = FieldsOf<typeof UnfinishedDifferences>;

/** A reading of the items that the clean-up may delete. */
const UnfinishedDeletable = UnfinishedBase.extend({
  pass: z.literal('deletable'),
  read: Checksum,
  expiring: ExpiringProgress.optional(),
  /** 12 bytes per item, in base64. */
  hashes: z.base64(),
});
export type UnfinishedDeletable = FieldsOf<typeof UnfinishedDeletable>;

/**
 * Findings of a pass over a segment up to a key, if the slice ended before the pass. They contain everything that the
 * rest of the pass needs. `migrationId` + `UNFINISHED#n`.
 */
export const UnfinishedPass = z.discriminatedUnion('pass', [
  UnfinishedComparison,
  UnfinishedVerification,
  UnfinishedDifferences,
  UnfinishedDeletable,
]);
export type UnfinishedPass = FieldsOf<typeof UnfinishedPass>;
