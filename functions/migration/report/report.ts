import type { IndexCheck } from '../indexes/index-check.ts';
import type { Status } from '../life-cycle.ts';
import type { Stage, TenantLocation, Units } from '../migration.ts';
import type { EntityKey, MigrationId, TenantId } from '../names.ts';
import type { Checksum, Difference } from '../segment.ts';

/** Outcome of a migration, with the plan's predictions beside the measured figures. `migrationId` + `REPORT`. */
export interface Report {
  readonly migrationId: MigrationId;
  readonly tenantId: TenantId;
  readonly outcome: Status;
  readonly attempts: number;
  readonly source: TenantLocation;
  readonly target: Omit<TenantLocation, 'table'> & { readonly table?: string };
  /** Results of the comparison under the fence, or with the kept source after the flip. Keys `changed` since are left out. */
  readonly verified?: {
    readonly source: Checksum;
    readonly target: Checksum;
    readonly changed: number;
  };
  /**
   * The kept source at the flip, and as it was read after the hold, before it was deleted. Both leave out items that may
   * expire, since DynamoDB may delete those. They are compared one by one.
   */
  readonly keptSource?: {
    readonly atFlip: Checksum;
    readonly afterHold?: Checksum;
    readonly expiringItems: number;
  };
  /** Keys that differ, at most 1,000; `differing` is the total. */
  readonly differences: readonly Difference[];
  readonly differing: number;
  /**
   * Keys that another process wrote, on the target before the flip or on the source after it, and keys under which the
   * target missed a write. At most 100.
   */
  readonly foreign: readonly Difference[];
  /** Keys that were written under a fence after every lease had run out; at most 100 of `total`. */
  readonly pastLeases?: { readonly keys: readonly EntityKey[]; readonly total: number };
  /** Number of cutovers begun, including those that reopened writes without a flip. */
  readonly cutovers: number;
  /** In ms. A stage lasts from its first work to the end of its last work, including failures and retries in between. */
  readonly durations: Partial<Record<Stage, number>> & {
    /** From the first work to the flip, without `operatorWaitMs`. */
    readonly toFlipMs?: number;
    /**
     * Time before the flip in which the migration was paused, or was ready for a cutover that an operator held. Included in
     * stages and `totalMs`. Absent if zero.
     */
    readonly operatorWaitMs?: number;
    /** Duration of the fence that ended with the flip to the target. */
    readonly fenceMs?: number;
    /** Duration of the fence that ended with the rollback's flip to the source. */
    readonly reverseFenceMs?: number;
    /** Duration of all fences, including those of cutovers that gave up. */
    readonly fencedMs: number;
    readonly totalMs: number;
  };
  /** Capacity by kind of work, including failed tries and retries. Reads of single keys during apply are not counted. */
  readonly units: Record<'survey' | 'copy' | 'verify' | 'cleanUp' | 'apply' | 'discard', Units>;
  readonly predicted?: {
    readonly items: number;
    /** From the first work to the flip. */
    readonly toFlipMs: number;
    readonly readUnits: number;
    readonly writeUnits: number;
    readonly fenceMs: number;
  };
  /** State of the target's global indexes before the flip; absent if their check did not end. */
  readonly indexes?: readonly IndexCheck[];
  readonly notes: readonly string[];
  /** ISO 8601, UTC. */
  readonly closedAt: string;
  /** SHA-256 of this report's canonical JSON without this field, in hex. */
  readonly sha256: string;
}
