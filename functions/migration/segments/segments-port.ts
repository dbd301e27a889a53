import type { Migration, Units } from '../migration.ts';
import type { EntityKey, EpochMs, MigrationId, SegmentNumber } from '../names.ts';
import type { Claim, Segment, UnfinishedPass } from '../segment.ts';

/** The pass over a segment whose units are added to the segment's record. */
export type Pass = keyof Segment['units'];

export interface Segments {
  /** Appends segments to the list, idempotently. */
  add(migrationId: MigrationId, segments: readonly Segment[]): Promise<void>;
  get(migrationId: MigrationId, number: SegmentNumber): Promise<Segment>;
  list(migrationId: MigrationId): AsyncIterable<Segment>;
  /**
   * Takes or renews the claim on writing this segment, if the migration still has the status and attempt of
   * `migration`. So no writer starts once a rollback has started.
   * @param ranOut the expired claim of a worker that never gave it back, which this one replaces. Its writes have been
   * noted.
   * @throws Conflict if the migration has moved on.
   * @throws SegmentClaimed if another worker's claim is valid, or if the expired claim is not `ranOut`.
   */
  claim(
    migration: Migration,
    number: SegmentNumber,
    claim: Claim,
    now: EpochMs,
    ranOut?: Claim,
  ): Promise<void>;
  /** Gives the claim back. Not having it any more is not an error. */
  release(migrationId: MigrationId, number: SegmentNumber, worker: string): Promise<void>;
  /**
   * Saves progress and renews the claim in one call.
   * @throws SegmentClaimed if the worker no longer has the claim.
   */
  progress(migrationId: MigrationId, number: SegmentNumber, claim: Claim, done: CopyProgress): Promise<void>;
  /**
   * Removes keys and hashes of a migration that has closed: the segments' ranges, the progress of their passes, items
   * that cannot be moved, `saveExpiring` and `saveDeletable`. Counts, checksums and differences are kept.
   */
  forgetKeys(migrationId: MigrationId): Promise<void>;
  /** Sets results and adds units, for passes that run without a claim. @throws Conflict once the keys are removed. */
  record(
    migrationId: MigrationId,
    number: SegmentNumber,
    result: Partial<
      Pick<
        Segment,
        | 'survey'
        | 'surveying'
        | 'compared'
        | 'comparing'
        | 'verified'
        | 'kept'
        | 'keptExpiring'
        | 'keptAfterHold'
        | 'expiringChanged'
        | 'mismatch'
        | 'cleanUpDone'
      >
    >,
    pass: Pass,
    units: Units,
  ): Promise<void>;
  /** Saves the kept source's items that may expire, as entries of `ExpiringItems`: 12 bytes per item. */
  saveExpiring(migrationId: MigrationId, number: SegmentNumber, noted: Uint8Array): Promise<void>;
  expiring(migrationId: MigrationId, number: SegmentNumber): Promise<Uint8Array | undefined>;
  /**
   * Saves the hashes of the items that the clean-up may delete, 12 bytes per item. Apart from the segment's record
   * because of its size.
   */
  saveDeletable(migrationId: MigrationId, number: SegmentNumber, hashes: Uint8Array): Promise<void>;
  deletable(migrationId: MigrationId, number: SegmentNumber): Promise<Uint8Array | undefined>;
  /**
   * Saves the progress and findings of a pass as a whole, replacing the earlier ones; undefined once the pass has
   * ended. Apart from the segment's record because of its size.
   */
  saveUnfinished(
    migrationId: MigrationId,
    number: SegmentNumber,
    pass: UnfinishedPass | undefined,
  ): Promise<void>;
  unfinished(migrationId: MigrationId, number: SegmentNumber): Promise<UnfinishedPass | undefined>;
  /** Removes both sets of hashes of a segment that has been cleaned up. */
  forgetHashes(migrationId: MigrationId, number: SegmentNumber): Promise<void>;
}

export interface CopyProgress {
  readonly through?: EntityKey;
  readonly items: number;
  readonly bytes: number;
  readonly units: Units;
  /** Calls that DynamoDB throttled since the last progress. */
  readonly throttles?: number;
  readonly done: boolean;
}
