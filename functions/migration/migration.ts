import * as z from 'zod';
import { STATUSES } from './life-cycle.ts';
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
import { Reason } from './reason.ts';
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
const TargetLocation = TenantLocation.extend({ table: TenantLocation.shape.table.optional() });

/** The five stages of a migration, as the state machine shows them. */
export const STAGES = ['provision', 'copy', 'registry', 'flip', 'cleanUp'] as const;
export type Stage = (typeof STAGES)[number];

/**
 * State of the migration's change of the registry. Each step moves this field by compare-and-set, in one transaction
 * with the records of tenant and tables. So each step takes effect exactly once, however often it is tried.
 */
const RegistryChange = z.enum(['none', 'reserved', 'pending', 'confirmed', 'released']);
export type RegistryChange = FieldsOf<typeof RegistryChange>;

export const Failure = Reason.extend({
  at: named.number<EpochMs>(),
});
export type Failure = FieldsOf<typeof Failure>;

/** The reason why a step failed, as the step knew it. */
export const StepFailure = Failure.extend({
  attempt: z.number(),
  /** Present if the state machine retries the error, so the step may have succeeded since. */
  isRetried: z.literal(true).optional(),
});
export type StepFailure = FieldsOf<typeof StepFailure>;

/** The reason why a cutover gave up and reopened writes. */
export const CutoverFailure = Failure.extend({
  /**
   * Number of the live side's keys that were written after every lease had ended. No write through the router is made
   * then.
   */
  keysPastLeases: z.number(),
});
export type CutoverFailure = FieldsOf<typeof CutoverFailure>;

/** When the phases of a fence ended that led to a flip, in ms since the fence began. */
export const FencePhases = z.object({
  /** The last router's lease had run out. */
  leasesOut: z.number().optional(),
  /** Every sentinel had come through the capture of both sides. */
  sentinels: z.number().optional(),
  /** Nothing was left to apply. */
  drained: z.number().optional(),
  /** Both sides had been compared under the fence; absent for a tenant that is too large for that. */
  compared: z.number().optional(),
});
export type FencePhases = FieldsOf<typeof FencePhases>;

/** Times for which writes were fenced, in ms. */
export const FenceTimes = z.object({
  /** All ended fences of both directions. */
  totalMs: z.number(),
  /** The fence of the flip to the target. */
  forwardMs: z.number().optional(),
  /** The fence of the reverse flip to the source. */
  reverseMs: z.number().optional(),
  forwardPhases: FencePhases.optional(),
  reversePhases: FencePhases.optional(),
});
export type FenceTimes = FieldsOf<typeof FenceTimes>;

/** An operator's request to undo the migration: before the flip by `cancel`, after it by `rollback`. */
export const Cancellation = z.object({
  by: z.string(),
  reason: z.string(),
  /** Present if the migration was paused and the request has ended the pause. */
  endedPause: z.literal(true).optional(),
});
export type Cancellation = FieldsOf<typeof Cancellation>;

/**
 * Rates of journalling and applying, in keys per second. If the application writes faster, applying never converges.
 */
export const Convergence = z.object({
  /** Time since which every poll has found more entries than a cutover can take. */
  since: named.number<EpochMs>(),
  backlog: z.number(),
  journalledPerSecond: z.number(),
  appliedPerSecond: z.number(),
  /** True if this has lasted longer than `convergenceMs` and the backlog does not shrink. */
  notConverging: z.boolean(),
});
export type Convergence = FieldsOf<typeof Convergence>;

/** Direction of a cutover: to the target, or back to the source in a rollback after the flip. */
const Direction = z.enum(['forward', 'reverse']);
export type Direction = FieldsOf<typeof Direction>;

/**
 * A live comparison of all keys, which journals the keys that differ. Once it has ended, keys that were touched before
 * it began need no further comparison.
 */
export const LiveComparison = z.object({
  /** Number of the comparison round that was started last. */
  round: z.number(),
  /** Number of the last comparison in this direction that has ended; absent if none has. */
  ended: z.number().optional(),
  direction: Direction,
  begunAt: named.number<EpochMs>(),
  /**
   * Reason for the comparison: the `first` one in its direction; a `gap` in the journal; or more `touched` keys than a
   * cutover compares under the fence.
   */
  reason: z.enum(['first', 'gap', 'touched']),
  /**
   * Number of keys touched during the comparison, if a cutover cannot compare that many: the migration does not
   * converge.
   */
  overflow: z.number().optional(),
});
export type LiveComparison = FieldsOf<typeof LiveComparison>;

/** State of the capture on one side. */
export const CaptureProof = z.object({
  /** Label of the table's stream. A stream that replaces it has another label. */
  stream: z.string(),
  /** Identity of the stream's reader. Another reader may have started at another position of the stream. */
  reader: z.string(),
  /** Time at which the latest proof that has arrived through capture was put. */
  provedAt: named.number<EpochMs>(),
  /** Maximum time that the proof took to arrive, in ms. */
  tookMs: z.number(),
  /** A pending proof. */
  asked: z
    .object({
      nonce: z.string(),
      at: named.number<EpochMs>(),
      /** Time at which the first of the missing proofs was put. */
      since: named.number<EpochMs>(),
    })
    .optional(),
});
export type CaptureProof = FieldsOf<typeof CaptureProof>;

/** Reason why a journal may lack changes. */
const CaptureGap = z.object({
  /** Time at which the gap was last observed. */
  at: named.number<EpochMs>(),
  reason: z.string(),
});
export type CaptureGap = FieldsOf<typeof CaptureGap>;

/** Units used so far. A step that runs twice counts twice, as on the bill. */
export const Units = z.object({
  read: named.number<ReadUnits>(),
  write: named.number<WriteUnits>(),
});
export type Units = FieldsOf<typeof Units>;

/** Record of a migration. `migrationId` + `META` of the migrations table. */
export const Migration = z.object({
  migrationId: named.text<MigrationId>(),
  tenantId: named.text<TenantId>(),
  source: TenantLocation,
  /** `table` is present once a slot in it has been reserved. */
  target: TargetLocation,
  status: z.enum(STATUSES),
  /**
   * Number of the current execution of the state machine for this migration. A step of an earlier attempt must not act.
   */
  attempt: z.number().int().positive(),
  dryRun: z.boolean(),
  /** True while an operator wants no work: no copying, applying, flipping or removing. Capture continues. */
  paused: z.boolean(),
  /** True while an operator wants the cutover to wait for a release. Changes are applied in the meantime. */
  cutoverHeld: z.boolean(),
  /**
   * Time at which an operator last paused, resumed, held, released, set a limit, cancelled or requested a rollback.
   */
  controlledAt: named.number<EpochMs>().optional(),
  /**
   * Time for which the migration has waited for an operator before the flip, in ms: paused, or with a held cutover
   * ready.
   */
  operatorWaitMs: z.number().optional(),
  /** Start of the current wait for an operator. */
  waitsForOperatorSince: named.number<EpochMs>().optional(),
  /** Write units per second that the migration may use in the target; absent for no limit of its own. */
  writeUnitsPerSecond: z.number().optional(),
  /** Read units per second that the migration may use in each table; absent for the deployment's setting. */
  readUnitsPerSecond: z.number().optional(),
  requestedBy: z.string(),
  requestedAt: named.number<EpochMs>(),
  reason: z.string(),
  /** Present if the migration takes precedence in the queue. */
  urgent: z.literal(true).optional(),
  /** The earlier migration, ended without moving the tenant, that this one repeats. */
  retryOf: named.text<MigrationId>().optional(),
  /** Time for which the source is kept after the flip, in ms. */
  holdMs: z.number(),
  /** The route's epoch when the migration was requested. */
  routeEpoch: named.number<RoutingEpoch>(),
  registryChange: RegistryChange,
  locked: z.boolean(),
  cancellation: Cancellation.optional(),
  failure: Failure.optional(),
  /**
   * Why a step of the migration failed, recorded by the step itself, because a failed Map gives no reason. The first
   * failure of an attempt that no retry repairs is kept.
   */
  stepFailure: StepFailure.optional(),
  /** The same for the steps of its rollback. */
  rollbackStepFailure: StepFailure.optional(),
  /** Rates of applying and journalling, while more entries are left than a cutover can take. */
  convergence: Convergence.optional(),
  /** Time from which no router has a route with a long lease any more. */
  longLeasesOutAt: named.number<EpochMs>().optional(),
  /** Time from which no router reads the table that was live before the last flip any more. */
  staleReadsOutAt: named.number<EpochMs>().optional(),
  /**
   * Time from which no write that was given up without an answer can take effect any more. No flip happens before it.
   */
  lateCallsOutAt: named.number<EpochMs>().optional(),
  /** The same for sentinels. Sentinels are deleted for the last time after it. */
  lateSentinelsOutAt: named.number<EpochMs>().optional(),
  /** Number of cutovers started, including reopened ones. */
  cutovers: z.number(),
  /** Why the latest cutover gave up; absent if none has, or once the tenant has flipped. */
  cutoverFailure: CutoverFailure.optional(),
  /** Number of cutovers with writes past the leases, since an operator last released one. */
  cutoversPastLeases: z.number().optional(),
  fences: FenceTimes.optional(),
  /** Write units used by applying the journal. */
  applyWriteUnits: named.number<WriteUnits>().optional(),
  /** Write units used by discarding the copies in the target. */
  discardWriteUnits: named.number<WriteUnits>().optional(),
  /** Number of items that a rollback has deleted from the target; absent until it has deleted one. */
  discardedItems: z.number().optional(),
  /** Calls of applying the journal that DynamoDB throttled; absent if none was. */
  applyThrottles: z.number().optional(),
  /** The same of discarding the copies in the target. */
  discardThrottles: z.number().optional(),
  /**
   * Start of the first and end of the last work of each stage. Until `registry` has started, the end of `copy` is that of
   * the last segment's copy, and changes are still applied and compared.
   */
  stages: z.partialRecord(
    z.enum(STAGES),
    z.object({ startedAt: named.number<EpochMs>(), endedAt: named.number<EpochMs>().optional() }),
  ),
  fencedAt: named.number<EpochMs>().optional(),
  flippedAt: named.number<EpochMs>().optional(),
  /** Time at which a rollback made the source live again. */
  reverseFlippedAt: named.number<EpochMs>().optional(),
  /** The live comparison that was started last. */
  comparison: LiveComparison.optional(),
  /** State of capture by side, from the time at which it was proved armed. */
  proofs: z.object({ source: CaptureProof.optional(), target: CaptureProof.optional() }).optional(),
  /** Why all keys must be compared again before the next flip; absent while the journal is complete. */
  gap: CaptureGap.optional(),
  /** Time at which the target left by a rollback was found equal to the source. */
  targetComparedAt: named.number<EpochMs>().optional(),
  /**
   * Attempt of an abandoned rollback. It may have written to the kept source, so everything that it and earlier
   * attempts verified is void. It is an attempt and not a time, since the clocks of operator and steps differ.
   */
  rollbackStoppedIn: z.number().int().positive().optional(),
  /** Time at which the comparison with the kept source was concluded without a difference. */
  keptComparedAt: named.number<EpochMs>().optional(),
  /**
   * Attempt that found that the table left by the last flip does not exist. An operator who has retried since knows it.
   */
  tableGoneIn: z.number().int().positive().optional(),
  /** ARN of the final backup of a dedicated source, or why there is none. */
  finalBackup: z.string().optional(),
  updatedAt: named.number<EpochMs>(),
});
export type Migration = FieldsOf<typeof Migration>;

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

/** The code of the error that an event is about, and the next action on the migration. */
const EventFailure = Reason.pick({ error: true, next: true });
export type EventFailure = FieldsOf<typeof EventFailure>;

/** Event of the audit trail. `migrationId` + `EVENT#time`. */
export const MigrationEvent = z.object({
  at: named.number<EpochMs>(),
  who: z.string(),
  /** Absent for the request; the same as `to` if the event is no change of status. */
  from: z.enum(STATUSES).optional(),
  to: z.enum(STATUSES),
  reason: z.string(),
  /** The failure that `reason` contains as text; absent if it contains none. */
  failure: EventFailure.optional(),
  /** The table that a flip has made live, in either direction; absent in all other events. */
  flippedTo: named.text<TableName>().optional(),
});
export type MigrationEvent = FieldsOf<typeof MigrationEvent>;
