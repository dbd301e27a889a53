import type { Status } from './life-cycle.ts';
import type {
  EpochMs,
  MigrationId,
  ReadUnits,
  RoutingEpoch,
  TableName,
  TenantId,
  TierName,
  WriteUnits,
} from './names.ts';
import type { Reason } from './reason.ts';

export type Placement = 'shared' | 'dedicated';

/** Where a tenant lives. */
export interface Home {
  readonly tier: TierName;
  readonly placement: Placement;
  readonly table: TableName;
}

/** The five stages, as a reader of the state machine sees them. */
export const STAGES = ['provision', 'copy', 'registry', 'flip', 'cleanUp'] as const;
export type Stage = (typeof STAGES)[number];

/**
 * How far the migration's change of the registry has come. Every step of it moves this field by compare-and-set in the
 * same transaction as the records of tenant and tables, so each happens exactly once however often it is tried.
 */
export type RegistryChange = 'none' | 'reserved' | 'pending' | 'confirmed' | 'released';

export interface Failure extends Reason {
  readonly at: EpochMs;
}

/** Why a step failed, as the step knew it. */
export interface StepFailure extends Failure {
  readonly attempt: number;
  /** Present if the state machine retries such an error, so that the step may have succeeded since. */
  readonly isRetried?: true;
}

/** Why a cutover gave up; writes were reopened. */
export interface CutoverFailure extends Failure {
  /** Keys of the live side that were written after every lease had run out. Writes through the router cannot come then. */
  readonly keysPastLeases: number;
}

/** How long writes were fenced, in ms. */
export interface FenceTimes {
  /** All fences that have ended, of both directions. */
  readonly totalMs: number;
  /** The fence of the flip to the target. */
  readonly forwardMs?: number;
  /** The fence of the flip back to the source. */
  readonly reverseMs?: number;
}

/** Who asked for the way back, and why: before the flip by `cancel`, after it by `rollback`. */
export interface Cancellation {
  readonly by: string;
  readonly why: string;
  /** The migration was paused, and the request has ended the pause. */
  readonly endedPause?: true;
}

/** Keys journalled and applied a second; an application that writes faster than it can be applied never converges. */
export interface Convergence {
  /** Since when more has been left at every look than a cutover takes. */
  readonly since: EpochMs;
  readonly backlog: number;
  readonly journalledPerSecond: number;
  readonly appliedPerSecond: number;
  /** It has been so for longer than `convergenceMs`, and what is left does not shrink. */
  readonly notConverging: boolean;
}

/** To the target; back to the source in a rollback after the flip. */
export type Direction = 'forth' | 'back';

/**
 * A live comparison of all keys: what differs is journalled. Keys that were touched before it began need no further look
 * once it has ended.
 */
export interface LiveComparison {
  /** Number of the round: the comparison that was begun last. */
  readonly round: number;
  /** Number of the last comparison in this direction that has ended; absent if none has. */
  readonly ended?: number;
  readonly direction: Direction;
  readonly begunAt: EpochMs;
  /**
   * Why it was begun: the `first` in its direction; a `gap` in the journal; or more `touched` keys than a cutover compares
   * under the fence.
   */
  readonly why: 'first' | 'gap' | 'touched';
  /** Keys that were touched while it ran, if they are more than a cutover compares: the migration does not converge. */
  readonly overflow?: number;
}

/** What is known of the capture on one side. */
export interface CaptureProof {
  /** Label of the table's stream. A stream that replaces it has another. */
  readonly stream: string;
  /** Identity of what reads the stream. Another reader may have begun elsewhere in the stream. */
  readonly reader: string;
  /** When the latest proof that has come through capture was put. */
  readonly provedAt: EpochMs;
  /** How long it was on its way at most, in ms. */
  readonly tookMs: number;
  /** A proof that is on its way. */
  readonly asked?: {
    readonly nonce: string;
    readonly at: EpochMs;
    /** When the first proof was put of those that have not come through since. */
    readonly since: EpochMs;
  };
}

/** Why a journal may lack changes. */
export interface CaptureGap {
  /** When it was last seen. */
  readonly at: EpochMs;
  readonly why: string;
}

/** Units used so far; a step that runs twice counts twice, as on the bill. */
export interface Units {
  readonly read: ReadUnits;
  readonly write: WriteUnits;
}

/** `migrationId` + `META` of the migrations table. */
export interface Migration {
  readonly migrationId: MigrationId;
  readonly tenantId: TenantId;
  readonly source: Home;
  /** `table` is known once room has been reserved. */
  readonly target: Omit<Home, 'table'> & { readonly table?: TableName };
  readonly status: Status;
  /** Counts executions of the state machine for this migration. A step of an earlier attempt must not act. */
  readonly attempt: number;
  readonly dryRun: boolean;
  /** An operator wants nothing to be copied, applied, flipped or removed for now; capture goes on. */
  readonly paused: boolean;
  /** An operator wants the cutover to wait for a word; changes are applied all the while. */
  readonly cutoverHeld: boolean;
  /** When an operator last paused, resumed, held, let go, set a limit, cancelled or asked for a rollback. */
  readonly controlledAt?: EpochMs;
  /** For how long it has waited for an operator before the flip, in ms: paused, or ready for a cutover that is held. */
  readonly operatorWaitMs?: number;
  /** Since when it waits so now. */
  readonly waitsForOperatorSince?: EpochMs;
  /** Write units a second that the migration may use in the target; absent for no limit of its own. */
  readonly writeUnitsPerSecond?: number;
  /** Read units a second that the migration may use in each table; absent for the deployment's setting. */
  readonly readUnitsPerSecond?: number;
  readonly requestedBy: string;
  readonly requestedAt: EpochMs;
  readonly reason: string;
  /** Whether it goes before others in the queue. */
  readonly urgent?: true;
  /** The migration that ended without the tenant having moved, which this one does again. */
  readonly retryOf?: MigrationId;
  /** How long the source is kept after the flip, in ms. */
  readonly holdMs: number;
  /** The route's epoch on which the migration was decided; the flip is only made from its successor. */
  readonly routeEpoch: RoutingEpoch;
  readonly registryChange: RegistryChange;
  readonly locked: boolean;
  readonly cancellation?: Cancellation;
  readonly failure?: Failure;
  /**
   * Why a step of the migration failed, noted by the step itself: a Map fails with an error that names no reason. The first
   * failure of an attempt wins that no retry mends.
   */
  readonly stepFailure?: StepFailure;
  /** The same for the steps of its rollback. */
  readonly rollbackStepFailure?: StepFailure;
  /** How applying stands to journalling, while more is left than a cutover takes. */
  readonly convergence?: Convergence;
  /** From when on no router may have a route with a long lease any more. */
  readonly longLeasesOutAt?: EpochMs;
  /** From when on no router may read the table that was live before the last flip any more. */
  readonly staleReadsOutAt?: EpochMs;
  /** From when on no write that was given up without an answer can take effect any more: no flip comes sooner. */
  readonly lateCallsOutAt?: EpochMs;
  /** Cutovers that were begun, reopened ones too. */
  readonly cutovers: number;
  /** Why the latest cutover gave up; absent if none has, or once the tenant has flipped. */
  readonly cutoverFailure?: CutoverFailure;
  /** Cutovers in which writes came past the leases, since an operator last released one. */
  readonly cutoversPastLeases?: number;
  readonly fences?: FenceTimes;
  /** Write units that applying the journal has used. */
  readonly applyWriteUnits?: WriteUnits;
  /** Write units that discarding the copies in the target has used. */
  readonly discardWriteUnits?: WriteUnits;
  /** When the first work of each stage began and the last ended. */
  readonly stages: Partial<Record<Stage, { readonly startedAt: EpochMs; readonly endedAt?: EpochMs }>>;
  readonly fencedAt?: EpochMs;
  readonly flippedAt?: EpochMs;
  /** When a rollback made the source live again. */
  readonly flippedBackAt?: EpochMs;
  /** The live comparison that was begun last. */
  readonly comparison?: LiveComparison;
  /** What is known of capture by side, from when it was proved armed. */
  readonly proofs?: { readonly source?: CaptureProof; readonly target?: CaptureProof };
  /** Why all keys must be compared again before the next flip; absent while the journal is whole. */
  readonly gap?: CaptureGap;
  /** When the target that a rollback has left was found equal to the source. */
  readonly comparedBackAt?: EpochMs;
  /**
   * The attempt of a rollback that was given up. It may have written to the kept source, so what it and earlier attempts
   * verified is void. An attempt and not a time: the operator's clock and those of the steps differ.
   */
  readonly rollbackStoppedIn?: number;
  /** When the comparison with the kept source was concluded without a difference. */
  readonly keptComparedAt?: EpochMs;
  /**
   * The attempt that found the table of the side gone that the last flip has left. An operator who has retried since knows
   * it.
   */
  readonly tableGoneIn?: number;
  /** ARN of the last backup of a dedicated source, or why there is none. */
  readonly finalBackup?: string;
  readonly updatedAt: EpochMs;
}

/** Written before anything is created or taken, so that an undo knows what might exist. `migrationId` + `CLEANUP`. */
export interface CleanUpRecord {
  readonly table: TableName;
  /** The table did not exist when this migration chose it: this migration may create it, and may delete it. */
  readonly createsTable: boolean;
  /** The target partition was seen empty under the tenant's lock: all that is in it, this migration put there. */
  readonly partitionClaimed: boolean;
}

/** `migrationId` + `EVENT#time`: the audit trail. */
export interface MigrationEvent {
  readonly at: EpochMs;
  readonly who: string;
  /** Absent where the migration was requested; the same as `to` where something was decided or noted in it. */
  readonly from?: Status;
  readonly to: Status;
  readonly why: string;
}
