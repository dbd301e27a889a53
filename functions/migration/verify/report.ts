import type { Status } from '../life-cycle.ts';
import type { Home, Stage, Units } from '../migration.ts';
import type { EntityKey, MigrationId, TenantId } from '../names.ts';
import type { Difference, Fingerprint } from '../segment.ts';
import type { IndexCheck } from './index-check.ts';

/** What happened, beside what was predicted. `migrationId` + `REPORT`. */
export interface Report {
  readonly migrationId: MigrationId;
  readonly tenantId: TenantId;
  readonly outcome: Status;
  readonly attempts: number;
  readonly source: Home;
  readonly target: Omit<Home, 'table'> & { readonly table?: string };
  /** As compared under the fence, or after the flip with the kept source, without the keys that were `changed` since. */
  readonly verified?: {
    readonly source: Fingerprint;
    readonly target: Fingerprint;
    readonly changed: number;
  };
  /**
   * The kept source as it was flipped and as it was read after the hold, before it was deleted. Both leave out the items that
   * may expire, which are compared one by one: DynamoDB may delete those.
   */
  readonly keptSource?: {
    readonly atFlip: Fingerprint;
    readonly afterHold?: Fingerprint;
    readonly expiringItems: number;
  };
  /** Keys that differ, at most 1,000 of them; `differing` is how many there are. */
  readonly differences: readonly Difference[];
  readonly differing: number;
  /**
   * Keys that another process wrote, on the target before the flip or on the source after it, or of which the target missed
   * a write. At most 100.
   */
  readonly foreign: readonly Difference[];
  /** Keys that were written under a fence after every lease had run out: at most 100 of `total`. */
  readonly pastLeases?: { readonly keys: readonly EntityKey[]; readonly total: number };
  /** Cutovers that were begun, reopened ones too. */
  readonly cutovers: number;
  /** In ms. A stage lasts from its first work to the end of its last, whatever failed and was retried in between. */
  readonly durations: Partial<Record<Stage, number>> & {
    /** From the first work to the flip, without `operatorWaitMs`. */
    readonly toFlipMs?: number;
    /** Before the flip: paused, or ready for a cutover that was held. Stages and `totalMs` include it. Absent if it never waited. */
    readonly operatorWaitMs?: number;
    /** The fence that ended with the flip to the target. */
    readonly fenceMs?: number;
    /** The fence that ended with the flip back to the source. */
    readonly reverseFenceMs?: number;
    /** All fences, with those of cutovers that gave up. */
    readonly fencedMs: number;
    readonly totalMs: number;
  };
  /** Capacity by kind of work, tries that failed and retries included. Reads of single keys while applying are not counted. */
  readonly units: Record<'survey' | 'copy' | 'verify' | 'cleanUp' | 'apply' | 'discard', Units>;
  readonly predicted?: {
    readonly items: number;
    /** From the first work to the flip. */
    readonly toFlipMs: number;
    readonly readUnits: number;
    readonly writeUnits: number;
    readonly fenceMs: number;
  };
  /** The target's global indexes before the flip; absent if they were not checked to the end. */
  readonly indexes?: readonly IndexCheck[];
  readonly notices: readonly string[];
  /** ISO 8601, UTC. */
  readonly closedAt: string;
  /** SHA-256 of this report's canonical JSON without this field, in hex. */
  readonly sha256: string;
}
