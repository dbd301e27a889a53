import type { Status } from '../life-cycle.ts';
import type { Failure, Migration, MigrationEvent, Stage, StepFailure, UndoRecord } from '../migration.ts';
import type { EpochMs, MigrationId, TableName, TenantId, WriteUnits } from '../names.ts';
import type { Route } from '../route/route.ts';
import type { FailingSteps } from '../step-failure.ts';

/** Selects the migrations to list. */
export interface MigrationFilter {
  readonly tenantId?: TenantId;
  readonly status?: Status;
  /** Selects migrations that were requested before this one. */
  readonly before?: MigrationId;
  /** Number of records per read from each index partition, to limit the cost of short lists. 1 MB by default. */
  readonly atOnce?: number;
}

/** The records of migrations. A failed condition throws `Conflict`. */
export interface Migrations {
  /**
   * Adds a migration with its first event. Unless it is a dry run, it becomes the tenant's latest migration if that
   * still is `latest`. So only one of several concurrent requests succeeds.
   * @throws Conflict if the id is taken, or another request was faster.
   */
  create(migration: Migration, latest?: MigrationId): Promise<void>;
  /** Returns the tenant's latest migration that is not a dry run, read consistently. */
  latest(tenantId: TenantId): Promise<MigrationId | undefined>;
  get(migrationId: MigrationId): Promise<Migration | undefined>;
  /** Lists migrations, latest first. A damaged record is skipped, logged and counted. */
  list(filter: MigrationFilter): AsyncIterable<Migration>;
  /**
   * Changes the status and adds the event in one transaction, if the status and attempt are still those of `from`.
   * @param change other fields that change with it; `undefined` removes a field.
   * @param route the change of the tenant's route in the same transaction, by compare-and-set on its epoch. So no step
   * can fence or flip for a migration that has moved on.
   * @param unless rejects the transaction if one of these fields is set, so that it cannot overtake an operator's
   * request.
   * @param asRead rejects the transaction if one of these fields is not as in `from`, so that the second of two
   * concurrent operators decides again.
   * @throws Conflict
   */
  transition(
    from: Migration,
    to: Status,
    event: Pick<MigrationEvent, 'who' | 'reason' | 'at' | 'failure' | 'flippedTo'>,
    change?: MigrationChange,
    route?: { readonly from: Route; readonly to: Route },
    unless?: readonly BlockingField[],
    asRead?: readonly ComparedField[],
  ): Promise<Migration>;
  /** Changes fields if the attempt is still that of `from`. @throws Conflict */
  update(from: Migration, change: MigrationChange): Promise<Migration>;
  /**
   * Records that a write that was given up may still take effect until this time. The latest time wins. A closed
   * migration is not changed.
   * @param what kind of write; writes of items unless given
   */
  noteLateCalls(migrationId: MigrationId, outAt: EpochMs, what?: 'items' | 'sentinels'): Promise<void>;
  /** Records since when a held cutover could begin, once for each hold; nothing if it was released or retried. */
  noteHeldReady(from: Migration, at: EpochMs): Promise<void>;
  /**
   * Records why a step failed, unless the record has moved on to another attempt, or holds a failure of this attempt
   * that no retry resolves.
   */
  noteStepFailure(migrationId: MigrationId, steps: FailingSteps, failure: StepFailure): Promise<void>;
  /** Adds write units, and calls that DynamoDB throttled, that no segment's record counts. */
  addWriteUnits(
    migrationId: MigrationId,
    work: 'apply' | 'discard',
    units: WriteUnits,
    throttles?: number,
  ): Promise<void>;
  /** Adds items that a rollback has deleted from the target. */
  addDiscardedItems(migrationId: MigrationId, items: number): Promise<void>;
  /** Sets the start of a stage (once) or its end (the latest wins). */
  noteStage(
    migrationId: MigrationId,
    stage: Stage,
    entry: { startedAt?: EpochMs; endedAt?: EpochMs },
  ): Promise<void>;
  /** Removes the hot keys and the fence's sentinels of a migration that has closed. */
  forgetKeys(migrationId: MigrationId): Promise<void>;
  /**
   * Records the table that is about to be reserved, replacing one that could not be. Only while nothing is reserved,
   * and if the status and attempt are still those of `from`.
   * @throws Conflict
   */
  chooseTarget(from: Migration, target: Omit<UndoRecord, 'partitionClaimed'>): Promise<void>;
  /**
   * Records that the partition in this table was found empty; safe to repeat.
   * @throws Conflict if the record names another table.
   */
  claimPartition(migrationId: MigrationId, table: TableName): Promise<void>;
  undoRecord(migrationId: MigrationId): Promise<UndoRecord | undefined>;
}

/** A field of the migration's record that rejects a transition while it is set; `false` counts as not set. */
export type BlockingField = 'cancellation' | 'paused' | 'cutoverHeld' | 'reverseFlippedAt';

/** A field that only operators change. */
export type ComparedField = 'controlledAt' | 'holdMs';

export type MigrationChange = {
  readonly [Field in
    | 'attempt'
    | 'target'
    | 'registryChange'
    | 'locked'
    | 'paused'
    | 'cutoverHeld'
    | 'controlledAt'
    | 'operatorWaitMs'
    | 'cutovers'
    | 'holdMs'
    | 'fences'
    | 'stages'
    | 'routeEpoch'
    | 'urgent']?: Migration[Field];
} & {
  readonly cancellation?: Migration['cancellation'] | undefined;
  readonly waitsForOperatorSince?: EpochMs | undefined;
  readonly writeUnitsPerSecond?: number | undefined;
  readonly readUnitsPerSecond?: number | undefined;
  readonly convergence?: Migration['convergence'] | undefined;
  readonly longLeasesOutAt?: EpochMs | undefined;
  readonly staleReadsOutAt?: EpochMs | undefined;
  readonly reverseFlippedAt?: EpochMs | undefined;
  readonly failure?: Failure | undefined;
  readonly cutoverFailure?: Migration['cutoverFailure'] | undefined;
  readonly cutoversPastLeases?: number | undefined;
  readonly fencedAt?: EpochMs | undefined;
  readonly flippedAt?: EpochMs | undefined;
  readonly comparison?: Migration['comparison'] | undefined;
  readonly proofs?: Migration['proofs'] | undefined;
  readonly gap?: Migration['gap'] | undefined;
  readonly targetComparedAt?: EpochMs | undefined;
  readonly rollbackStoppedIn?: number | undefined;
  readonly keptComparedAt?: EpochMs | undefined;
  readonly tableGoneIn?: number | undefined;
  readonly finalBackup?: string | undefined;
};
