import type { Units } from './migration.ts';
import type { EntityKey, EpochMs, SegmentNumber } from './names.ts';

/** A sort-key range of one tenant's partition: after `after` (exclusive) up to `through` (inclusive). */
export interface KeyRange {
  readonly after?: EntityKey;
  readonly through?: EntityKey;
}

/** What two sides are compared by. Order of items and of pages makes no difference. */
export interface Fingerprint {
  readonly items: number;
  /** Sum of DynamoDB item sizes. */
  readonly bytes: number;
  /** Sum modulo 2^256 of the SHA-256 of each canonical item, in hex. */
  readonly digest: string;
}

/** Why an item cannot be moved as it is: its index key is refused by the target, or it would be left out or changed. */
export type UnmovableKind =
  | 'index-key-type'
  | 'index-key-empty'
  | 'index-key-long'
  | 'reserved-key'
  | 'lost-attribute';

/** Items that cannot be moved for one reason. An item with two reasons is among both. */
export interface UnmovableItems {
  readonly kind: UnmovableKind;
  /** The key attribute of an index. */
  readonly attribute?: string;
  readonly items: number;
  /** The first of their keys. */
  readonly keys: readonly EntityKey[];
}

/** What one reading pass finds in a segment; merged over segments it is the plan's survey. */
export interface Survey {
  readonly byEntityType: Readonly<Record<string, { readonly items: number; readonly bytes: number }>>;
  readonly largestItemBytes: number;
  /** Write units of putting every item once into a table without indexes (1 KB steps). */
  readonly tableWriteUnits: number;
  /** Write units that the indexes add. */
  readonly indexWriteUnits: number;
  /** Items that cannot be moved as they are; absent if there are none. */
  readonly unmovable?: readonly UnmovableItems[];
  /** Sentinels that earlier migrations left, which are no items of the tenant. */
  readonly sentinels?: number;
  /** By how many items counting and reading differ where the application did not write between them. */
  readonly uncounted?: number;
}

/** Who may write to the target for this segment, and until when. A worker that hears nothing past it stops. */
export interface Claim {
  readonly worker: string;
  readonly until: EpochMs;
}

/** `migrationId` + `SEGMENT#n`. */
export interface Segment {
  readonly number: SegmentNumber;
  readonly range: KeyRange;
  /** From the counting pass: exact when it was taken. */
  readonly counted: number;
  readonly survey?: Survey;
  /** Findings, up to this key, of a survey that is not finished. */
  readonly surveying?: { readonly through: EntityKey; readonly survey: Survey };
  readonly claim?: Claim;
  /** The copy has come through this key. */
  readonly copiedThrough?: EntityKey;
  readonly copied: { readonly items: number; readonly bytes: number };
  readonly copyDone: boolean;
  /** Compared while the tenant was written: what differed then was journalled. Milliseconds that it took. */
  readonly compared?: {
    readonly items: number;
    readonly differing: number;
    readonly ms: number;
    /** Which live comparison it was a part of. */
    readonly round: number;
  };
  /** Progress of a comparison that is not finished: up to this key all that differs is journalled. */
  readonly comparing?: NonNullable<Segment['compared']> & { readonly through: EntityKey };
  /**
   * Both sides as compared under the fence, or after the flip with the kept source: then without the keys that the
   * application has changed on the target since, of which there are `changed`.
   */
  readonly verified?: {
    readonly source: Fingerprint;
    readonly target: Fingerprint;
    readonly changed: number;
    /** Present if it is the target that a rollback has left that was compared, and not the kept source. */
    readonly isTargetLeft?: true;
    /** The attempt that compared with the kept source; absent if both sides were compared under the fence. */
    readonly attempt?: number;
  };
  /** The source as it was flipped, without items that may expire: DynamoDB may delete those. */
  readonly kept?: Fingerprint;
  /** How many items that may expire `kept` leaves out; they are noted one by one, if there are any. */
  readonly keptExpiring?: number;
  /** `kept` as read after the hold. */
  readonly frozen?: Fingerprint;
  /** Items that may expire and were added or changed after the flip, or are missing before their time. */
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
  /** How many of `differing` are `extra` on the target. Present if not all keys are among `differences`. */
  readonly extra?: number;
  /**
   * When a pass over the whole segment had first seen these differences after the flip. Every key that is not among them
   * had been seen equal, or its change in the journal, by then. Absent if the mismatch is of another comparison.
   */
  readonly since?: EpochMs;
  /** Present if these are differences of the target that a rollback has left. */
  readonly isTargetLeft?: true;
  /** The attempt that compared. Present with `since`. */
  readonly attempt?: number;
}

/**
 * Findings of a pass over a segment up to a key, if the slice ended before the pass did. Each holds all that the rest of
 * the pass needs. `migrationId` + `UNFINISHED#n`.
 */
export type UnfinishedPass =
  | UnfinishedComparison
  | UnfinishedVerification
  | UnfinishedDifferences
  | UnfinishedDeletable;

interface Unfinished<Name extends string> {
  readonly pass: Name;
  /** The attempt that made the pass. Another attempt begins it again. */
  readonly attempt: number;
  /** Everything up to this key has been taken; absent at the segment's beginning. */
  readonly through?: EntityKey;
}

/** A comparison of the side that a flip has left with the live side. */
export interface UnfinishedComparison extends Unfinished<'comparison'> {
  readonly isTargetLeft: boolean;
  /** When the pass began: a key that it left open was looked for in the journal then or later. */
  readonly startedAt: EpochMs;
  readonly sides: SidesSoFar;
  readonly unexplained: Mismatch;
}

/** Sums over the keys that were compared, as `verified`, `kept` and the expiring items of a segment. */
export interface SidesSoFar {
  readonly source: Fingerprint;
  readonly target: Fingerprint;
  readonly kept: Fingerprint;
  readonly changed: number;
  /** As `ExpiringItems` notes them, in base64. */
  readonly expiring: string;
}

/** A reading of the kept source, after the hold. */
export interface UnfinishedVerification extends Unfinished<'verification'> {
  readonly read: Fingerprint;
  readonly expiring?: ExpiringSoFar;
}

/** A search for the keys on which both sides differ, once the kept source turned out to have changed. */
export interface UnfinishedDifferences extends Unfinished<'differences'> {
  readonly frozen: Fingerprint;
  readonly expiringChanged: number;
  readonly found: Mismatch;
}

/** A reading of the items that clean-up may delete. */
export interface UnfinishedDeletable extends Unfinished<'deletable'> {
  readonly read: Fingerprint;
  readonly expiring?: ExpiringSoFar;
  /** 12 bytes an item, in base64. */
  readonly hashes: string;
}

/** Items that may expire, as far as they were compared with those that were noted. */
export interface ExpiringSoFar {
  /** Noted and not seen yet, as `ExpiringItems` notes them, in base64. */
  readonly unseen: string;
  readonly changed: number;
}

/** A key on which two sides differ. */
export interface Difference {
  readonly key: EntityKey;
  /** `missing` on the target, `extra` on the target, or there on both with `different` values. */
  readonly kind: 'missing' | 'extra' | 'different';
  /** SHA-256 of the canonical item on each side, in hex; absent where there is none, or it is not known. */
  readonly source?: string;
  readonly target?: string;
}
