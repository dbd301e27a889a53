import * as z from 'zod';
import type { Units } from './migration.ts';
import type { EntityKey, EpochMs, SegmentNumber } from './names.ts';
import { type FieldsOf, named } from './record-fields.ts';

/** A sort-key range of one tenant's partition: after `after` (exclusive) up to `through` (inclusive). */
export interface KeyRange {
  readonly after?: EntityKey;
  readonly through?: EntityKey;
}

/** The checksum by which two sides are compared. It does not depend on the order of items or on pages. */
export interface Checksum {
  readonly items: number;
  /** Sum of DynamoDB item sizes, in bytes. */
  readonly bytes: number;
  /** Sum modulo 2^256 of the SHA-256 hashes of all canonical items, in hex. */
  readonly checksum: string;
}

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
  /** Difference between counting and reading, in items, if the application did not write in between. */
  readonly uncounted?: number;
}

/**
 * A worker's time-limited right to write this segment of the target. A worker whose claim is not renewed stops before
 * `until`.
 */
export const Claim = z.object({
  worker: z.string(),
  until: named.number<EpochMs>(),
});
export type Claim = FieldsOf<typeof Claim>;

/** Record of a segment. `migrationId` + `SEGMENT#n`. */
export interface Segment {
  readonly number: SegmentNumber;
  readonly range: KeyRange;
  /** Number of items from the counting pass, exact at that time. */
  readonly counted: number;
  readonly survey?: Survey;
  /** Findings of an unfinished survey, up to this key. */
  readonly surveying?: { readonly through: EntityKey; readonly survey: Survey };
  readonly claim?: Claim;
  /** Key up to which the segment has been copied. */
  readonly copiedThrough?: EntityKey;
  readonly copied: { readonly items: number; readonly bytes: number };
  readonly copyDone: boolean;
  /** Calls of the copy that DynamoDB throttled; absent if none was. */
  readonly throttles?: number;
  /** Compared while the tenant was written: what differed then was journalled. Milliseconds that it took. */
  readonly compared?: {
    readonly items: number;
    readonly differing: number;
    readonly ms: number;
    /** Number of the live comparison that it was part of. */
    readonly round: number;
  };
  /** Progress of an unfinished comparison: all differing keys up to this one are journalled. */
  readonly comparing?: NonNullable<Segment['compared']> & { readonly through: EntityKey };
  /**
   * Both sides as compared under the fence, or after the flip with the kept source. In the second case without the keys
   * that the application has changed on the target since; `changed` is their number.
   */
  readonly verified?: {
    readonly source: Checksum;
    readonly target: Checksum;
    readonly changed: number;
    /** Present if the target left by a rollback was compared, and not the kept source. */
    readonly isAfterReverseFlip?: true;
    /** The attempt that compared with the kept source; absent if both sides were compared under the fence. */
    readonly attempt?: number;
  };
  /** The source as it was flipped, without items that may expire, because DynamoDB may delete those. */
  readonly kept?: Checksum;
  /** Number of items that may expire, which `kept` leaves out. They are recorded one by one. */
  readonly keptExpiring?: number;
  /** `kept` as read again after the hold. */
  readonly keptAfterHold?: Checksum;
  /** Number of items that may expire and were added or changed after the flip, or were missing before their time. */
  readonly expiringChanged?: number;
  /** Keys on which the sides differ, or on which the source differs from what was flipped. */
  readonly mismatch?: Mismatch;
  readonly cleanUpDone: boolean;
  readonly units: {
    readonly survey: Units;
    readonly copy: Units;
    readonly verify: Units;
    readonly cleanUp: Units;
  };
}

/** Keys that differ in a segment: the first 100 of `differing`. */
export interface Mismatch {
  readonly differences: readonly Difference[];
  readonly differing: number;
  /** Number of `differing` keys that are `extra` on the target. Present if `differences` does not contain all keys. */
  readonly extra?: number;
  /**
   * Time at which a pass over the whole segment had first found these differences after the flip. By then every other
   * key had been found equal, or its change in the journal. Absent if the mismatch is from another comparison.
   */
  readonly since?: EpochMs;
  /** Present if these are differences of the target left by a rollback. */
  readonly isAfterReverseFlip?: true;
  /** The attempt that compared. Present with `since`. */
  readonly attempt?: number;
}

/**
 * Findings of a pass over a segment up to a key, if the slice ended before the pass. They contain everything that the
 * rest of the pass needs. `migrationId` + `UNFINISHED#n`.
 */
export type UnfinishedPass =
  | UnfinishedComparison
  | UnfinishedVerification
  | UnfinishedDifferences
  | UnfinishedDeletable;

interface UnfinishedBase<Name extends string> {
  readonly pass: Name;
  /** The attempt that made the pass. Another attempt starts it again. */
  readonly attempt: number;
  /** Key up to which everything has been processed; absent at the beginning of the segment. */
  readonly through?: EntityKey;
}

/** A comparison of the side that a flip has left with the live side. */
export interface UnfinishedComparison extends UnfinishedBase<'comparison'> {
  readonly isAfterReverseFlip: boolean;
  /** Time at which the pass began. A key that it left open was looked up in the journal at that time or later. */
  readonly startedAt: EpochMs;
  readonly sides: SidesProgress;
  readonly unexplained: Mismatch;
}

/** Sums over the keys compared so far, like `verified`, `kept` and the expiring items of a segment. */
export interface SidesProgress {
  readonly source: Checksum;
  readonly target: Checksum;
  readonly kept: Checksum;
  readonly changed: number;
  /** Entries of `ExpiringItems`, in base64. */
  readonly expiring: string;
}

/** A reading of the kept source after the hold. */
export interface UnfinishedVerification extends UnfinishedBase<'verification'> {
  readonly read: Checksum;
  readonly expiring?: ExpiringProgress;
}

/** A search for the keys on which both sides differ, after the kept source was found to have changed. */
export interface UnfinishedDifferences extends UnfinishedBase<'differences'> {
  readonly keptAfterHold: Checksum;
  readonly expiringChanged: number;
  readonly found: Mismatch;
}

/** A reading of the items that the clean-up may delete. */
export interface UnfinishedDeletable extends UnfinishedBase<'deletable'> {
  readonly read: Checksum;
  readonly expiring?: ExpiringProgress;
  /** 12 bytes per item, in base64. */
  readonly hashes: string;
}

/** Progress of comparing the items that may expire with those recorded at the flip. */
export interface ExpiringProgress {
  /** Recorded items not found so far, as entries of `ExpiringItems`, in base64. */
  readonly unseen: string;
  readonly changed: number;
}

/** A key on which two sides differ. */
export interface Difference {
  readonly key: EntityKey;
  /** `missing` on the target, `extra` on the target, or on both sides with `different` values. */
  readonly kind: 'missing' | 'extra' | 'different';
  /** SHA-256 of the canonical item on each side, in hex; absent if there is no item, or it is not known. */
  readonly source?: string;
  readonly target?: string;
}
