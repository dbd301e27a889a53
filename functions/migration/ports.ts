/**
 * Ports of the core: its only access to the outside. Adapters in `../aws` implement them on DynamoDB and Step
 * Functions; fakes in `test/support` enforce the same conditions. Every port method may throw `Throttled` and
 * `Unavailable`.
 *
 * A damaged record affects only callers that need it. A method that reads one record by its key throws `RecordDamaged`;
 * a list of records of several tenants, tables or migrations skips it. In both cases it is logged and counted. A
 * migration's own segments are not such a list: without one of them the migration would be wrong.
 */

import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { ControlRecords } from './doctor/control-records.ts';
import type { Item } from './items.ts';
import type { Status } from './life-cycle.ts';
import type {
  CleanUpRecord,
  Failure,
  Migration,
  MigrationEvent,
  Stage,
  StepFailure,
  Units,
} from './migration.ts';
import type {
  EntityKey,
  EpochMs,
  MigrationId,
  ReadUnits,
  SegmentNumber,
  TableName,
  TenantId,
  TierName,
  WriteUnits,
} from './names.ts';
import type { Notice } from './notices/notice.ts';
import type { PaceKey, PaceRecord } from './pacer.ts';
import type { Plan } from './plan/plan.ts';
import type { Admitted } from './queue/admit.ts';
import type { Reason } from './reason.ts';
import type { Preferences, RegisteredTables, Tenant, TierTable } from './registry/records.ts';
import type { TenantPosition, TenantRange, TenantsRead } from './registry/tenant-range.ts';
import type { CaptureRoute, Route, Side } from './routing/route.ts';
import type { Claim, Difference, KeyRange, Segment, UnfinishedPass } from './segment.ts';
import type { Keys, Settings, TableDesign, TableIndex } from './settings.ts';
import type { FailingSteps } from './step-failure.ts';
import type { IndexChecks, UnfinishedIndexValues } from './verify/index-check.ts';
import type { Report } from './verify/report.ts';

export interface Page {
  /** Key to pass as `after` for the next page; absent at the end of the range. */
  readonly last?: EntityKey;
  readonly units: ReadUnits;
}

/**
 * One tenant's partition in any tier table. Every request names the tenant's partition key, so no item of another
 * tenant can be read or written through it (I4). On AWS its credentials are restricted to that tenant.
 */
export interface Partition {
  /** Counts a page of at most `limit` items (and 1 MB), consistently. @throws TableNotFound */
  count(table: TableName, range: KeyRange, limit: number): Promise<Page & { readonly items: number }>;
  /** Reads a page of at most `limit` items (and 1 MB), in key order. @throws TableNotFound */
  read(
    table: TableName,
    range: KeyRange,
    options: { readonly limit: number; readonly consistent: boolean },
  ): Promise<Page & { readonly items: readonly Item[] }>;
  /**
   * Reads the items under these keys consistently, in any order. Keys without an item are missing from the result.
   * @param keys at most 100, all different.
   * @throws TableNotFound @throws Throttled
   */
  get(table: TableName, keys: readonly EntityKey[]): Promise<Item[]>;
  /**
   * Counts a page (1 MB) of the tenant's items in a global index, eventually consistently: an index has no other reads.
   * @param after `next` of the previous page.
   * @throws TypeError if the value is not the tenant's own (I4).
   * @throws TableNotFound
   */
  countInIndex(
    table: TableName,
    index: TableIndex,
    place: IndexPlace,
    after?: Item,
  ): Promise<{ readonly items: number; readonly units: ReadUnits; readonly next?: Item }>;
  /**
   * Puts and deletes at most 25 items with different keys, at most 16 MB as sent, without conditions.
   * @param signal aborts the call once the claim has run out.
   * @returns the operations that were not done (`UnprocessedItems`), to be tried again more slowly.
   * @throws Throttled if nothing was done.
   * @throws TableNotFound
   */
  write(
    table: TableName,
    batch: WriteBatch,
    signal?: AbortSignal,
  ): Promise<{ readonly unprocessed: WriteBatch; readonly units: WriteUnits }>;
}

/**
 * A place in a global index: one of the tenant's own partition key values (`isOwnIndexValue`), with a sort key for one
 * item.
 */
export interface IndexPlace {
  readonly value: string;
  readonly sort?: AttributeValue;
}

export interface WriteBatch {
  readonly puts: readonly Item[];
  readonly deletes: readonly EntityKey[];
}

/** Capacity units per second. */
export interface Throughput {
  readonly read: number;
  readonly write: number;
}

/** Properties of a table that no design names. A field is absent if the table does not have the property. */
export interface TableTraits {
  /** Names of vector indexes. */
  readonly vectorIndexes?: readonly string[];
  /** Regions of a global table's replicas. */
  readonly replicas?: readonly string[];
  /** Present for a global table of version 2017.11.29. */
  readonly isLegacyGlobalTable?: true;
  /** Absent for `STANDARD`. */
  readonly tableClass?: string;
  /** Provisioned capacity; absent if the table is on demand. */
  readonly provisioned?: Throughput;
  /** Provisioned capacity of its global indexes, each with its name. */
  readonly provisionedIndexes?: readonly (Throughput & { readonly name: string })[];
  /** Maximum throughput of an on-demand table. */
  readonly mostOnDemand?: Partial<Throughput>;
  /** Warm throughput. */
  readonly warm?: Throughput;
}

/** Capacity of a table, or of one of its global indexes, that Application Auto Scaling controls. */
export interface ScaledCapacity {
  /** Absent for the table itself. */
  readonly index?: string;
  readonly dimension: 'read' | 'write';
  /** Bounds of the capacity, in units per second. */
  readonly least: number;
  readonly most: number;
  /** False if only scheduled actions may change it. */
  readonly hasPolicy: boolean;
}

/** Integrations of a table that DynamoDB reports. An engine without such a feature reports none. */
export interface TableIntegrations {
  /** ARNs of the Kinesis streams that receive its changes. */
  readonly kinesisStreams: readonly string[];
  /**
   * Services that the table's resource-based policy admits, e.g. `redshift.amazonaws.com`; absent if it has no policy.
   */
  readonly policy?: { readonly services: readonly string[] };
  /** Absent if there is none. */
  readonly autoScaling?: readonly ScaledCapacity[];
}

/**
 * The parts of DescribeTable, DescribeTimeToLive and DescribeContinuousBackups that the design covers. Partial while a
 * table is being deleted. TTL and recovery are only known for a table that is ACTIVE or UPDATING.
 */
export interface TableDescription extends Partial<Keys>, TableTraits {
  readonly status: 'CREATING' | 'ACTIVE' | 'UPDATING' | 'DELETING' | 'OTHER';
  readonly indexes: readonly (Partial<Keys> & {
    readonly name: string;
    readonly projection: string;
    readonly active: boolean;
  })[];
  readonly hasLocalIndexes: boolean;
  readonly streamView?: string;
  readonly ttlAttribute?: string;
  readonly kmsKeyArn?: string;
  /**
   * `enabling` after it was turned on and before that is visible. `unknown` if the engine does not have the feature
   * (DynamoDB Local), or if the table's status does not allow the request.
   */
  readonly pointInTimeRecovery: boolean | 'enabling' | 'unknown';
  readonly deletionProtection: boolean;
}

/** State of a backup. `gone`: it was deleted, or never existed. */
export type BackupState = 'creating' | 'available' | 'gone';

export interface TableAdmin {
  /** @returns undefined if the table does not exist. */
  describe(table: TableName): Promise<TableDescription | undefined>;
  /** @returns undefined if the table does not exist. */
  integrations(table: TableName): Promise<TableIntegrations | undefined>;
  /** Starts creating a table. An existing table is not an error. @throws TableLimitExceeded */
  create(table: TableName, design: TableDesign): Promise<void>;
  /**
   * Turns on what CreateTable cannot: TTL and recovery. Safe to repeat; needs an ACTIVE table.
   * @returns false if DynamoDB does not accept it yet, since recovery of a new table becomes available late: call
   * again.
   * @throws TableNotFound, TableInUse, TableLimitExceeded
   */
  configure(table: TableName, design: TableDesign): Promise<boolean>;
  /**
   * Starts a backup, unless one with this name exists or is being made.
   * @returns its ARN; undefined if the engine has no backups (DynamoDB Local).
   * @throws TableNotFound, TableInUse, TableLimitExceeded
   */
  backUp(table: TableName, name: string): Promise<string | undefined>;
  /** Returns the state of a backup. @param arn the ARN that `backUp` returned. */
  backup(arn: string): Promise<BackupState>;
  /** Starts deleting a table. A missing table is not an error. @throws TableInUse, TableLimitExceeded */
  delete(table: TableName): Promise<void>;
  /** True if the table holds no item of any tenant. Sentinels do not count. */
  isEmpty(table: TableName): Promise<boolean>;
}

/**
 * Reader of a table's stream for capture. If two answers differ, the journal may lack changes of the time in between.
 */
export interface CaptureReader {
  /** Label of the table's stream; absent if the table has none. A stream that replaced another has its own label. */
  readonly stream?: string;
  /**
   * Identity of the reader; absent if there is none. Another reader may have started at another position of the stream.
   */
  readonly reader?: string;
  /** False while the reader is missing, has not started, or is being turned off. */
  readonly isOn: boolean;
}

/** The readers of the tier tables' streams: capture, and counting schools. */
export interface StreamReaders {
  /**
   * Returns the current reader of a table's stream for capture. The answer may be seconds old.
   * @throws TableNotFound
   */
  look(table: TableName): Promise<CaptureReader>;
  /**
   * Connects the readers to a table's stream, from its beginning and with the settings that capture needs. Safe to
   * repeat.
   * @returns true if all of them read it now.
   * @throws StreamReaderMismatch
   */
  connect(table: TableName): Promise<boolean>;
  /**
   * Starts disconnecting the readers, before the table is deleted. Safe to repeat.
   * @returns true once no reader is still being connected.
   */
  disconnect(table: TableName): Promise<boolean>;
  /** Counts the readers' mappings, over all tables, that are off or whose last attempt to read failed. */
  countNotReading(): Promise<number>;
  /**
   * Returns the batching windows of capture's mappings, over all tables; none if capture does not read through
   * mappings.
   */
  captureWindows(): Promise<readonly CaptureWindow[]>;
  /** Starts changing a window. A mapping that is missing or being changed stays as it is. */
  setCaptureWindow(mapping: string, seconds: number): Promise<void>;
}
/** Time for which Lambda collects a table's records before it calls capture, in s. */
export interface CaptureWindow {
  readonly table: TableName;
  readonly mapping: string;
  readonly seconds: number;
}

/** A key that another process changed, or of which the side that a flip made live has missed a write. */
export interface NotedDifference extends Difference {
  /** The attempt that reported the difference. An operator who has retried since knows it. */
  readonly attempt?: number;
  /** Present if the source missed the write in a rollback: only the target that was left has it. */
  readonly isTargetLeft?: true;
}

/** Keys of one migration that another process changed, in one record. */
export interface Foreign {
  readonly differences: readonly NotedDifference[];
  /** Differences between the two sides that stopped an attempt after a flip; an operator who retries has seen them. */
  readonly mismatches?: readonly NotedDifference[];
  /** Key of a sentinel that must arrive through capture before the keys count as another process's. */
  readonly proof?: EntityKey;
  /**
   * Time at which these keys were first found. Present with `proof`, or while a cutover waits for a change that
   * explains them.
   */
  readonly since?: EpochMs;
}

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
    event: { who: string; why: string; at: EpochMs },
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
  /** Adds write units that no segment's record counts. */
  addWriteUnits(migrationId: MigrationId, work: 'apply' | 'discard', units: WriteUnits): Promise<void>;
  /** Sets the start of a stage (once) or its end (the latest wins). */
  stage(
    migrationId: MigrationId,
    stage: Stage,
    mark: { startedAt?: EpochMs; endedAt?: EpochMs },
  ): Promise<void>;
  events(migrationId: MigrationId): Promise<readonly MigrationEvent[]>;
  /** Returns the events of all migrations since this time, oldest first. Events of the last seconds may be missing. */
  notices(since: EpochMs): AsyncIterable<Notice>;
  savePlan(migrationId: MigrationId, plan: Plan): Promise<void>;
  plan(migrationId: MigrationId): Promise<Plan | undefined>;
  saveReport(migrationId: MigrationId, report: Report): Promise<void>;
  report(migrationId: MigrationId): Promise<Report | undefined>;
  /** Saves the keys that another process changed, replacing the earlier ones. */
  saveForeign(migrationId: MigrationId, foreign: Foreign): Promise<void>;
  foreign(migrationId: MigrationId): Promise<Foreign>;
  /** Saves the sentinels that arrived through the source's capture under the fence of the flip. */
  saveFenceSentinels(migrationId: MigrationId, sentinels: readonly CapturedKey[]): Promise<void>;
  /** Returns these sentinels in key order; none if they were not saved. */
  fenceSentinels(migrationId: MigrationId): Promise<readonly CapturedKey[]>;
  /** Saves the keys beside which the fence's sentinels are put, replacing the earlier ones. */
  saveHotKeys(migrationId: MigrationId, keys: readonly EntityKey[]): Promise<void>;
  hotKeys(migrationId: MigrationId): Promise<readonly EntityKey[]>;
  /** Removes the hot keys and the fence's sentinels of a migration that has closed. */
  forgetKeys(migrationId: MigrationId): Promise<void>;
  /** Saves the keys written under a fence after every lease had ended, replacing the earlier ones. */
  saveKeysPastLeases(migrationId: MigrationId, keys: readonly EntityKey[]): Promise<void>;
  keysPastLeases(migrationId: MigrationId): Promise<readonly EntityKey[]>;
  /** Saves the progress of the check of the target's indexes, replacing the earlier one. */
  saveIndexChecks(migrationId: MigrationId, checks: IndexChecks): Promise<void>;
  indexChecks(migrationId: MigrationId): Promise<IndexChecks | undefined>;
  /** Saves the progress of a reading for that check, replacing the earlier one; undefined once it has ended. */
  saveIndexValues(migrationId: MigrationId, values: UnfinishedIndexValues | undefined): Promise<void>;
  indexValues(migrationId: MigrationId): Promise<UnfinishedIndexValues | undefined>;
  /**
   * Records the table that is about to be reserved, replacing one that could not be. Only while nothing is reserved,
   * and if the status and attempt are still those of `from`.
   * @throws Conflict
   */
  chooseTarget(from: Migration, target: Omit<CleanUpRecord, 'partitionClaimed'>): Promise<void>;
  /**
   * Records that the partition in this table was found empty; safe to repeat.
   * @throws Conflict if the record names another table.
   */
  claimPartition(migrationId: MigrationId, table: TableName): Promise<void>;
  cleanUp(migrationId: MigrationId): Promise<CleanUpRecord | undefined>;
}
/** A field of the migration's record that rejects a transition while it is set; `false` counts as not set. */
export type BlockingField = 'cancellation' | 'paused' | 'cutoverHeld' | 'flippedBackAt';
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
  readonly flippedBackAt?: EpochMs | undefined;
  readonly failure?: Failure | undefined;
  readonly cutoverFailure?: Migration['cutoverFailure'] | undefined;
  readonly cutoversPastLeases?: number | undefined;
  readonly fencedAt?: EpochMs | undefined;
  readonly flippedAt?: EpochMs | undefined;
  readonly comparison?: Migration['comparison'] | undefined;
  readonly proofs?: Migration['proofs'] | undefined;
  readonly gap?: Migration['gap'] | undefined;
  readonly comparedBackAt?: EpochMs | undefined;
  readonly rollbackStoppedIn?: number | undefined;
  readonly keptComparedAt?: EpochMs | undefined;
  readonly tableGoneIn?: number | undefined;
  readonly finalBackup?: string | undefined;
};

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
        | 'frozen'
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

export interface Registry {
  tenant(tenantId: TenantId): Promise<Tenant | undefined>;
  /** Lists tenants in a stable order. @param after resume after this tenant, which may have been removed. */
  tenants(after?: TenantId): AsyncIterable<Tenant>;
  /**
   * Reads tenants of one range of an index, eventually consistently, at most `limit` records.
   * @param options `after`: where an earlier read has ended, or a tenant that it returned.
   */
  tenantsIn(
    range: TenantRange,
    options: { readonly limit: number; readonly after?: TenantPosition },
  ): Promise<TenantsRead>;
  table(table: TableName): Promise<TierTable | undefined>;
  tables(tier?: TierName): AsyncIterable<TierTable>;
  /**
   * Reads tables of a tier through an index, eventually consistently, at most `limit` records, in the order of their
   * names.
   * @returns `last`: where to resume; absent at the end.
   */
  tablesIn(
    tier: TierName,
    options: { readonly limit: number; readonly after?: TableName },
  ): Promise<{ readonly tables: readonly TierTable[]; readonly last?: TableName }>;
  /** Reads the records of all tier tables, to choose one of them or the name of a new one. */
  allTables(): Promise<RegisteredTables>;
  /**
   * Registers an existing tier table, or one that a migration is about to create.
   * @throws Conflict if it is registered already.
   */
  addTable(table: TierTable): Promise<void>;
  /**
   * Marks a table `retiring`, so that it accepts no more tenants, or `active` again. Safe to repeat.
   * @throws Conflict if it is not registered, or dropped.
   */
  setRetiring(table: TableName, isRetiring: boolean): Promise<void>;
  /**
   * Sets a table's free slots so that `limit` tenants fit in all; negative if there are more. Nothing changes if a
   * tenant has come or gone since `table` was read.
   */
  setLimit(table: TierTable, limit: number): Promise<void>;
  /**
   * Marks a table `dropping` if no tenant is in it, reserved or leaving.
   * @returns true if it is `dropping` or `dropped`.
   */
  markDropping(table: TableName): Promise<boolean>;
  /**
   * Marks a table that was `dropping` as `dropped`. Its record is kept, so that its name is never used again: a late
   * deletion finds nothing.
   * @throws Conflict if it was not `dropping`.
   */
  markDropped(table: TableName): Promise<void>;
  /**
   * Adds a tenant with its route, and takes a slot in the table.
   * @throws Conflict if the id is taken or the table is full.
   */
  addTenant(tenant: Tenant, route: Route): Promise<void>;
  /**
   * Sets the given preferences, and removes those given as undefined.
   * @throws Conflict if the tenant does not exist.
   */
  prefer(
    tenantId: TenantId,
    change: Preferences,
    said: { readonly by: string; readonly at: EpochMs },
  ): Promise<void>;
  /** Saves the tenant's number of schools, unless a later count is saved already or the tenant does not exist. */
  count(tenantId: TenantId, counted: { readonly schools: number; readonly at: EpochMs }): Promise<void>;
  /** Takes the tenant's lock for this migration; safe to repeat. @throws TenantAlreadyMigrating */
  lock(tenantId: TenantId, migrationId: MigrationId, source: TableName): Promise<void>;
  /** Releases the lock. Not having it is not an error. */
  unlock(tenantId: TenantId, migrationId: MigrationId): Promise<void>;
  /** `none -> reserved`: takes a slot in the table. @returns false if it has none. */
  reserve(migration: Migration, table: TableName): Promise<boolean>;
  /** `reserved -> pending`: writes the tenant's fields after the flip. */
  pend(migration: Migration, pending: NonNullable<Tenant['pending']>): Promise<void>;
  /** `pending -> confirmed`: the tenant has moved. */
  confirm(migration: Migration, now: EpochMs): Promise<void>;
  /**
   * `confirmed -> reserved`: the tenant has returned to the source; its copies still occupy their slot in the target.
   */
  revert(migration: Migration, home: NonNullable<Tenant['pending']>, now: EpochMs): Promise<void>;
  /** `confirmed -> released`: frees the source's slot; a dedicated source is `dropped`. */
  release(migration: Migration): Promise<void>;
  /** `reserved | pending -> none`: restores everything. */
  undo(migration: Migration): Promise<void>;
}

/** Result of reading several routes. */
export interface FoundRoutes {
  readonly routes: ReadonlyMap<TenantId, CaptureRoute>;
  /** Tenants whose route cannot be read. */
  readonly damaged: ReadonlySet<TenantId>;
}

export interface Routes {
  /** @throws RecordDamaged */
  get(tenantId: TenantId): Promise<Route | undefined>;
  /**
   * Reads the parts of routes that capture needs, consistently, 100 per call. Tenants without a route are missing from
   * the result.
   */
  getMany(tenantIds: readonly TenantId[]): Promise<FoundRoutes>;
  /** Lists the routes of all fenced tenants, without changes of the last second. Damaged routes are skipped. */
  fenced(): AsyncIterable<Route>;
  /** Writes `to` if the epoch is still `from.epoch`. @throws Conflict */
  compareAndSet(from: Route, to: Route): Promise<void>;
}

/**
 * A key of a table's stream with the record's sequence number, or with a word if no stream record caused the entry.
 */
export interface CapturedKey {
  readonly key: EntityKey;
  readonly sequence: string;
}

/** A journal entry: a key that has changed on one side since it was last found equal on both. */
export interface Mark extends CapturedKey {
  /** New each time the key is journalled. An entry is removed only if it is still the one that was read. */
  readonly token: string;
}

/**
 * The items that a flip may have left under a key of the side that it made live, from the key's first change in the
 * stream.
 */
export interface FirstChange {
  readonly key: EntityKey;
  /**
   * `shortHash` of the item before the change, or '' if there was none, followed by the items after changes around the
   * flip. Empty if the stream's record is unreadable.
   */
  readonly states: readonly string[];
  /** Expiry of the item before the change, in seconds since 1970; absent if it does not expire. */
  readonly expires?: number;
  /**
   * Present if the change was made under the fence or at about the time of the flip: it may be the migration's own.
   */
  readonly isAroundFlip?: true;
}

/** Keys of a migrating tenant that changed, by side. Never values. */
export interface Journal {
  /**
   * Journals keys as changed, each with a token that no entry has had before. An existing entry gets the new token.
   * @param changes different keys, each with the stream's sequence number, or a word for another cause.
   */
  mark(migrationId: MigrationId, side: Side, changes: readonly CapturedKey[]): Promise<void>;
  /** Returns at most `limit` entries, read consistently, in any order. */
  marks(migrationId: MigrationId, side: Side, limit: number): Promise<Mark[]>;
  /** Returns which of these keys have an entry now, read consistently. */
  marked(migrationId: MigrationId, side: Side, keys: readonly EntityKey[]): Promise<ReadonlySet<EntityKey>>;
  /** Removes entries. An entry whose token has changed since it was read is kept. */
  remove(migrationId: MigrationId, side: Side, marks: readonly Mark[]): Promise<void>;
  /** Records the keys of entries as touched in this comparison round, then removes the entries as `remove` does. */
  settle(migrationId: MigrationId, side: Side, marks: readonly Mark[], round: number): Promise<void>;
  /** Returns at most `limit` keys touched in this comparison round or a later one, read consistently, in any order. */
  touched(
    migrationId: MigrationId,
    side: Side,
    fromRound: number,
    limit: number,
  ): Promise<readonly EntityKey[]>;
  /** Returns which of these keys are touched, in any round, read consistently. */
  touchedAmong(
    migrationId: MigrationId,
    side: Side,
    keys: readonly EntityKey[],
  ): Promise<ReadonlySet<EntityKey>>;
  /** Removes the keys of both sides that were last touched in an earlier comparison round. */
  forgetTouched(migrationId: MigrationId, beforeRound: number): Promise<void>;
  /** Removes all entries and touched keys of both sides. */
  clear(migrationId: MigrationId): Promise<void>;
  /**
   * Saves the first changes of different keys on the side that a flip has made live. A key that has one keeps it; if
   * the new change was made around the flip, its states are added. `clear` removes them.
   */
  saveFirstChanges(migrationId: MigrationId, side: Side, changes: readonly FirstChange[]): Promise<void>;
  /** Returns all saved first changes on this side, read consistently, in any order. */
  firstChanges(migrationId: MigrationId, side: Side): AsyncIterable<FirstChange>;
  /** Returns the first changes of these keys on this side, read consistently, in any order. */
  firstChangesOf(
    migrationId: MigrationId,
    side: Side,
    keys: readonly EntityKey[],
  ): Promise<readonly FirstChange[]>;
}

/**
 * The claim on applying journalled keys: one worker per migration, which may write any key of the side that is being
 * filled. `migrationId` + `APPLIER`.
 */
export interface Appliers {
  /**
   * Takes or renews the claim, if the migration still has the status and attempt of `migration`.
   * @param ranOut as in `Segments.claim`.
   * @throws Conflict if the migration has moved on.
   * @throws ApplierClaimed if another worker's claim is valid, or if the expired claim is not `ranOut`.
   */
  claim(migration: Migration, claim: Claim, now: EpochMs, ranOut?: Claim): Promise<void>;
  /** Gives the claim back. Not having it any more is not an error. */
  release(migrationId: MigrationId, worker: string): Promise<void>;
  current(migrationId: MigrationId): Promise<Claim | undefined>;
}

/** The record by which the workers of a migration share its limits. */
export interface Paces {
  /** Reads the record consistently. */
  current(key: PaceKey): Promise<PaceRecord | undefined>;
  /** Saves `to` if the record is still `from`. @returns false if another worker has changed it */
  replace(key: PaceKey, from: PaceRecord | undefined, to: PaceRecord): Promise<boolean>;
}

export interface Admission {
  /** Number of changes of the record. */
  readonly version: number;
  readonly admitted: readonly Admitted[];
}

/** The admitted migrations: one record for all dispatchers. */
export interface Admissions {
  /** Reads the record consistently. */
  current(): Promise<Admission>;
  /** Replaces the record. @returns false if another dispatcher has changed it. */
  replace(from: Admission, admitted: readonly Admitted[]): Promise<boolean>;
}

export interface SweepState {
  /** The last tenant that was checked; absent between two rounds. */
  readonly after?: TenantId;
  /** Time at which the last round ended; absent within a round. */
  readonly endedAt?: EpochMs;
}

/** Progress of the automatic sweep. Two concurrent sweeps do twice the work, but no harm. */
export interface Sweeps {
  current(): Promise<SweepState>;
  save(state: SweepState): Promise<void>;
}

/** An earlier request of the console with the same idempotency key. */
export interface EarlierRequest {
  /** Hash of the request: a key is for one request only. */
  readonly request: string;
  /** Absent while the request is being processed. */
  readonly answer?: { readonly status: number; readonly body: string };
}

/**
 * Requests of the console, by the hash of subject and idempotency key. Each is a few hundred bytes and is kept, like an
 * event.
 */
export interface IdempotentRequests {
  /**
   * Begins a request, unless it was begun before. A request without an answer after `REQUEST_MS` is begun again,
   * because the console that processed it has died.
   * @returns the earlier request; undefined if it begins now.
   */
  begin(id: string, request: string, at: EpochMs): Promise<EarlierRequest | undefined>;
  /** Saves the answer of a request that was begun. */
  finish(id: string, request: string, answer: NonNullable<EarlierRequest['answer']>): Promise<void>;
  /** Removes a request that has failed without an answer. A missing request is not an error. */
  forget(id: string, request: string): Promise<void>;
}

/** Time after which a request of the console without an answer may be begun again, in ms. */
export const REQUEST_MS = 120_000;

/** Publishes events outside of Tierferry. */
export interface Notices {
  /** Publishes the events in this order. Events that were published before may be published again. */
  publish(notices: readonly Notice[]): Promise<void>;
}

/** The state machines. */
export interface Workflow {
  /** Starts the migration's execution for this attempt. Starting the same attempt again is not an error. */
  start(migrationId: MigrationId, attempt: number): Promise<void>;
  /**
   * Starts the migration's execution for this attempt, or joins the running one. Consistent, unlike `isRunning`.
   * @returns false if that execution has ended.
   */
  startOrJoin(migrationId: MigrationId, attempt: number): Promise<boolean>;
  /** Starts an execution of the rollback alone, for a migration whose execution has died. */
  startRollBack(migrationId: MigrationId, attempt: number): Promise<void>;
  /** True if an execution for this attempt is running. Eventually consistent: a recent start or end may be missing. */
  isRunning(migrationId: MigrationId, attempt: number): Promise<boolean>;
  /** True if an execution for this attempt is known, running or ended. Eventually consistent like `isRunning`. */
  isShown(migrationId: MigrationId, attempt: number): Promise<boolean>;
  /**
   * Returns why the execution for this attempt failed or was stopped; undefined if it is running, succeeded, or is no
   * longer known.
   */
  stoppedBy(migrationId: MigrationId, attempt: number): Promise<Reason | undefined>;
  /** Names the execution for this attempt, whether or not there is one; undefined if the state machine is not known. */
  executionArn(migrationId: MigrationId, attempt: number): string | undefined;
}

export interface Clock {
  /** Wall clock. */
  now(): EpochMs;
  /** Monotonic clock in ms, for durations and leases. */
  monotonic(): number;
  /**
   * Resolves after `ms`, or rejects when `signal` aborts. For pauses within one slice only: long waits belong to the
   * state machine.
   */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** Structured log. Fields contain ids, counts and sizes only. */
export interface Log {
  info(fields: Record<string, unknown>, message: string): void;
  warn(fields: Record<string, unknown>, message: string): void;
}

/** Metrics. Each value covers the time since the previous one of its kind, or is the current state. */
export type Metric =
  | 'CopiedItems'
  | 'CopiedBytes'
  /** Capacity units of the copy. */
  | 'ReadUnits'
  | 'WriteUnits'
  /** Calls on a tenant's partition that DynamoDB throttled. */
  | 'Throttles'
  /** Journal entries that are left to apply. */
  | 'Backlog'
  /** 1 if the application writes faster than changes can be applied, otherwise 0. */
  | 'NotConverging'
  /** Duration of the fence before a flip, in ms. */
  | 'FenceTime'
  /** Overdue fences that the watchdog or the dispatcher reopened. */
  | 'FenceOverdue'
  /** Steps that ended because the sides differ and no change explains it. */
  | 'DigestMismatches'
  /** Keys of the source that were written after the flip. */
  | 'Stragglers'
  /** Queued migrations, and admitted ones that have not flipped. */
  | 'QueueDepth'
  | 'UnderWay'
  /** Readings of damaged control records. A record counts each time it is read. */
  | 'DamagedRecords'
  /** Mappings that do not read their streams, counted each minute. A missing value is as bad as a high one. */
  | 'StreamsNotRead'
  /** Executions that failed, timed out or were aborted, whatever name or alias they were started with. */
  | 'FailedExecutions';

export interface Metrics {
  put(
    values: Partial<Record<Metric, number>>,
    about?: { readonly migrationId?: MigrationId; readonly tenantId?: TenantId },
  ): void;
}

export interface Ports {
  readonly settings: Settings;
  /** Returns the tenant's partition, with credentials that reach no other partition. */
  partition(tenantId: TenantId): Partition;
  readonly tables: TableAdmin;
  readonly streamReaders: StreamReaders;
  readonly migrations: Migrations;
  readonly segments: Segments;
  readonly registry: Registry;
  readonly routes: Routes;
  readonly journal: Journal;
  readonly appliers: Appliers;
  readonly paces: Paces;
  readonly admissions: Admissions;
  readonly sweeps: Sweeps;
  readonly requests: IdempotentRequests;
  readonly workflow: Workflow;
  readonly notices: Notices;
  /** For the doctor only: no step of a migration reads whole control tables. */
  readonly control: ControlRecords;
  readonly clock: Clock;
  /** Returns a random id, e.g. for a worker. */
  readonly newId: () => string;
  /** Returns a random number in [0, 1), for jitter. */
  readonly random: () => number;
  readonly log: Log;
  readonly metrics: Metrics;
}

/** A bounded piece of work. It stops at `deadline` (monotonic, in ms) and returns a cursor. */
export interface Slice {
  readonly deadline: number;
}
