import * as z from 'zod';
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
import { type FieldsOf, named } from './record-fields.ts';

/** The tier and table in which a tenant lives. */
export const TenantLocation = z.object({
  tier: named.text<TierName>(),
  placement: z.enum(['shared', 'dedicated']),
  table: named.text<TableName>(),
});
export type TenantLocation = FieldsOf<typeof TenantLocation>;
export type Placement = TenantLocation['placement'];

/** Tier, placement and table that a tenant moves to. The table is absent until a slot in it is reserved. */
export const TargetLocation = TenantLocation.extend({ table: TenantLocation.shape.table.optional() });

/** The five stages of a migration, as the state machine shows them. */
export const STAGES = ['provision', 'copy', 'registry', 'flip', 'cleanUp'] as const;
export type Stage = (typeof STAGES)[number];

/**
 * State of the migration's change of the registry. Each step moves this field by compare-and-set, in one transaction
 * with the records of tenant and tables. So each step takes effect exactly once, however often it is tried.
 */
export type RegistryChange = 'none' | 'reserved' | 'pending' | 'confirmed' | 'released';

export interface Failure extends Reason {
  readonly at: EpochMs;
}

/** The reason why a step failed, as the step knew it. */
export interface StepFailure extends Failure {
  readonly attempt: number;
  /** Present if the state machine retries the error, so the step may have succeeded since. */
  readonly isRetried?: true;
}

/** The reason why a cutover gave up and reopened writes. */
export interface CutoverFailure extends Failure {
  /**
   * Number of the live side's keys that were written after every lease had ended. No write through the router is made
   * then.
   */
  readonly keysPastLeases: number;
}

/** When the phases of a fence ended that led to a flip, in ms since the fence began. */
export interface FencePhases {
  /** The last router's lease had run out. */
  readonly leasesOut?: number;
  /** Every sentinel had come through the capture of both sides. */
  readonly sentinels?: number;
  /** Nothing was left to apply. */
  readonly drained?: number;
  /** Both sides had been compared under the fence; absent for a tenant that is too large for that. */
  readonly compared?: number;
}

/** Times for which writes were fenced, in ms. */
export interface FenceTimes {
  /** All ended fences of both directions. */
  readonly totalMs: number;
  /** The fence of the flip to the target. */
  readonly forwardMs?: number;
  /** The fence of the reverse flip to the source. */
  readonly reverseMs?: number;
  readonly forwardPhases?: FencePhases;
  readonly reversePhases?: FencePhases;
}

/** An operator's request to undo the migration: before the flip by `cancel`, after it by `rollback`. */
export interface Cancellation {
  readonly by: string;
  readonly reason: string;
  /** Present if the migration was paused and the request has ended the pause. */
  readonly endedPause?: true;
}

/**
 * Rates of journalling and applying, in keys per second. If the application writes faster, applying never converges.
 */
export interface Convergence {
  /** Time since which every poll has found more entries than a cutover can take. */
  readonly since: EpochMs;
  readonly backlog: number;
  readonly journalledPerSecond: number;
  readonly appliedPerSecond: number;
  /** True if this has lasted longer than `convergenceMs` and the backlog does not shrink. */
  readonly notConverging: boolean;
}

/** Direction of a cutover: to the target, or back to the source in a rollback after the flip. */
export type Direction = 'forward' | 'reverse';

/**
 * A live comparison of all keys, which journals the keys that differ. Once it has ended, keys that were touched before
 * it began need no further comparison.
 */
export interface LiveComparison {
  /** Number of the comparison round that was started last. */
  readonly round: number;
  /** Number of the last comparison in this direction that has ended; absent if none has. */
  readonly ended?: number;
  readonly direction: Direction;
  readonly begunAt: EpochMs;
  /**
   * Reason for the comparison: the `first` one in its direction; a `gap` in the journal; or more `touched` keys than a
   * cutover compares under the fence.
   */
  readonly reason: 'first' | 'gap' | 'touched';
  /**
   * Number of keys touched during the comparison, if a cutover cannot compare that many: the migration does not
   * converge.
   */
  readonly overflow?: number;
}

/** State of the capture on one side. */
export interface CaptureProof {
  /** Label of the table's stream. A stream that replaces it has another label. */
  readonly stream: string;
  /** Identity of the stream's reader. Another reader may have started at another position of the stream. */
  readonly reader: string;
  /** Time at which the latest proof that has arrived through capture was put. */
  readonly provedAt: EpochMs;
  /** Maximum time that the proof took to arrive, in ms. */
  readonly tookMs: number;
  /** A pending proof. */
  readonly asked?: {
    readonly nonce: string;
    readonly at: EpochMs;
    /** Time at which the first of the missing proofs was put. */
    readonly since: EpochMs;
  };
}

/** Reason why a journal may lack changes. */
export interface CaptureGap {
  /** Time at which the gap was last observed. */
  readonly at: EpochMs;
  readonly reason: string;
}

/** Units used so far. A step that runs twice counts twice, as on the bill. */
export const Units = z.object({
  read: named.number<ReadUnits>(),
  write: named.number<WriteUnits>(),
});
export type Units = FieldsOf<typeof Units>;

/** Record of a migration. `migrationId` + `META` of the migrations table. */
export interface Migration {
  readonly migrationId: MigrationId;
  readonly tenantId: TenantId;
  readonly source: TenantLocation;
  /** `table` is present once a slot in it has been reserved. */
  readonly target: Omit<TenantLocation, 'table'> & { readonly table?: TableName };
  readonly status: Status;
  /**
   * Number of the current execution of the state machine for this migration. A step of an earlier attempt must not act.
   */
  readonly attempt: number;
  readonly dryRun: boolean;
  /** True while an operator wants no work: no copying, applying, flipping or removing. Capture continues. */
  readonly paused: boolean;
  /** True while an operator wants the cutover to wait for a release. Changes are applied in the meantime. */
  readonly cutoverHeld: boolean;
  /**
   * Time at which an operator last paused, resumed, held, released, set a limit, cancelled or requested a rollback.
   */
  readonly controlledAt?: EpochMs;
  /**
   * Time for which the migration has waited for an operator before the flip, in ms: paused, or with a held cutover
   * ready.
   */
  readonly operatorWaitMs?: number;
  /** Start of the current wait for an operator. */
  readonly waitsForOperatorSince?: EpochMs;
  /** Write units per second that the migration may use in the target; absent for no limit of its own. */
  readonly writeUnitsPerSecond?: number;
  /** Read units per second that the migration may use in each table; absent for the deployment's setting. */
  readonly readUnitsPerSecond?: number;
  readonly requestedBy: string;
  readonly requestedAt: EpochMs;
  readonly reason: string;
  /** Present if the migration takes precedence in the queue. */
  readonly urgent?: true;
  /** The earlier migration, ended without moving the tenant, that this one repeats. */
  readonly retryOf?: MigrationId;
  /** Time for which the source is kept after the flip, in ms. */
  readonly holdMs: number;
  /** The route's epoch when the migration was requested. */
  readonly routeEpoch: RoutingEpoch;
  readonly registryChange: RegistryChange;
  readonly locked: boolean;
  readonly cancellation?: Cancellation;
  readonly failure?: Failure;
  /**
   * Why a step of the migration failed, recorded by the step itself, because a failed Map gives no reason. The first
   * failure of an attempt that no retry repairs is kept.
   */
  readonly stepFailure?: StepFailure;
  /** The same for the steps of its rollback. */
  readonly rollbackStepFailure?: StepFailure;
  /** Rates of applying and journalling, while more entries are left than a cutover can take. */
  readonly convergence?: Convergence;
  /** Time from which no router has a route with a long lease any more. */
  readonly longLeasesOutAt?: EpochMs;
  /** Time from which no router reads the table that was live before the last flip any more. */
  readonly staleReadsOutAt?: EpochMs;
  /**
   * Time from which no write that was given up without an answer can take effect any more. No flip happens before it.
   */
  readonly lateCallsOutAt?: EpochMs;
  /** The same for sentinels. Sentinels are deleted for the last time after it. */
  readonly lateSentinelsOutAt?: EpochMs;
  /** Number of cutovers started, including reopened ones. */
  readonly cutovers: number;
  /** Why the latest cutover gave up; absent if none has, or once the tenant has flipped. */
  readonly cutoverFailure?: CutoverFailure;
  /** Number of cutovers with writes past the leases, since an operator last released one. */
  readonly cutoversPastLeases?: number;
  readonly fences?: FenceTimes;
  /** Write units used by applying the journal. */
  readonly applyWriteUnits?: WriteUnits;
  /** Write units used by discarding the copies in the target. */
  readonly discardWriteUnits?: WriteUnits;
  /** Calls of applying the journal that DynamoDB throttled; absent if none was. */
  readonly applyThrottles?: number;
  /** The same of discarding the copies in the target. */
  readonly discardThrottles?: number;
  /**
   * Start of the first and end of the last work of each stage. Until `registry` has started, the end of `copy` is that of
   * the last segment's copy, and changes are still applied and compared.
   */
  readonly stages: Partial<Record<Stage, { readonly startedAt: EpochMs; readonly endedAt?: EpochMs }>>;
  readonly fencedAt?: EpochMs;
  readonly flippedAt?: EpochMs;
  /** Time at which a rollback made the source live again. */
  readonly reverseFlippedAt?: EpochMs;
  /** The live comparison that was started last. */
  readonly comparison?: LiveComparison;
  /** State of capture by side, from the time at which it was proved armed. */
  readonly proofs?: { readonly source?: CaptureProof; readonly target?: CaptureProof };
  /** Why all keys must be compared again before the next flip; absent while the journal is complete. */
  readonly gap?: CaptureGap;
  /** Time at which the target left by a rollback was found equal to the source. */
  readonly targetComparedAt?: EpochMs;
  /**
   * Attempt of an abandoned rollback. It may have written to the kept source, so everything that it and earlier
   * attempts verified is void. It is an attempt and not a time, since the clocks of operator and steps differ.
   */
  readonly rollbackStoppedIn?: number;
  /** Time at which the comparison with the kept source was concluded without a difference. */
  readonly keptComparedAt?: EpochMs;
  /**
   * Attempt that found that the table left by the last flip does not exist. An operator who has retried since knows it.
   */
  readonly tableGoneIn?: number;
  /** ARN of the final backup of a dedicated source, or why there is none. */
  readonly finalBackup?: string;
  readonly updatedAt: EpochMs;
}

/**
 * Undo record, written before anything is created or reserved, so that an undo knows what may exist. `migrationId` +
 * `UNDO_PART`.
 */
export const UndoRecord = z.object({
  table: named.text<TableName>(),
  /**
   * True if the table did not exist when this migration chose it. Then this migration may create it, and may delete it.
   */
  createsTable: z.boolean(),
  /** True if the target partition was found empty under the tenant's lock: this migration put everything in it. */
  partitionClaimed: z.boolean(),
});
export type UndoRecord = FieldsOf<typeof UndoRecord>;

/** Event of the audit trail. `migrationId` + `EVENT#time`. */
export interface MigrationEvent {
  readonly at: EpochMs;
  readonly who: string;
  /** Absent for the request; the same as `to` if the event is no change of status. */
  readonly from?: Status;
  readonly to: Status;
  readonly reason: string;
  /** The failure that `reason` contains as text; absent if it contains none. */
  readonly failure?: EventFailure | undefined;
  /** The table that a flip has made live, in either direction; absent in all other events. */
  readonly flippedTo?: TableName | undefined;
}

/** The code of the error that an event is about, and the next action on the migration. */
export type EventFailure = Pick<Reason, 'error' | 'next'>;
