/**
 * What the core needs of the world. Adapters in `../aws` say what each means in DynamoDB and Step Functions; fakes in
 * `test/support` enforce the same conditions. Every port method may throw `Throttled` and `Unavailable`.
 *
 * A damaged record affects only those who need it: a method that reads one record by its key throws `RecordDamaged`; a
 * list of the records of several tenants, tables or migrations goes on without it. Either way it has been logged and
 * counted. A migration's own segments are not such a list: without one of them the migration would be wrong.
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
  /** Come back with `after: last` for the next page; absent at the range's end. */
  readonly last?: EntityKey;
  readonly units: ReadUnits;
}

/**
 * One tenant's partition in any tier table. Every request names the tenant's partition key, so no item of another
 * tenant can be read or written through it (I4). On AWS its credentials are scoped to that tenant.
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
   * Reads the items under these keys consistently, in any order; what is not there is not in the answer.
   * @param keys at most 100, all different. @throws TableNotFound @throws Throttled
   */
  get(table: TableName, keys: readonly EntityKey[]): Promise<Item[]>;
  /**
   * Counts a page (1 MB) of the tenant's items in a global index, eventually consistently: an index has no other reads.
   * @param after `next` of the page before. @throws TypeError if the value is not the tenant's own (I4).
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
   * @param signal ends the call when the right to write has run out.
   * @returns what was not done (`UnprocessedItems`), to be tried again slower.
   * @throws Throttled where nothing was done. @throws TableNotFound
   */
  write(
    table: TableName,
    batch: WriteBatch,
    signal?: AbortSignal,
  ): Promise<{ readonly unprocessed: WriteBatch; readonly units: WriteUnits }>;
}

/** A place in a global index: a partition key value of the tenant's own (`isOwnIndexValue`), and a sort key if one item is meant. */
export interface IndexPlace {
  readonly value: string;
  readonly sort?: AttributeValue;
}

export interface WriteBatch {
  readonly puts: readonly Item[];
  readonly deletes: readonly EntityKey[];
}

/** Capacity units a second. */
export interface Throughput {
  readonly read: number;
  readonly write: number;
}

/** Properties of a table that no design names. A field is absent if the table has none. */
export interface TableTraits {
  /** Names of vector indexes. */
  readonly vectorIndexes?: readonly string[];
  /** Regions of a global table's replicas. */
  readonly replicas?: readonly string[];
  /** Present if it is a global table of version 2017.11.29. */
  readonly isLegacyGlobalTable?: true;
  /** Absent for `STANDARD`. */
  readonly tableClass?: string;
  /** Provisioned capacity; absent if the table is on demand. */
  readonly provisioned?: Throughput;
  /** The same of its global indexes, each with its name. */
  readonly provisionedIndexes?: readonly (Throughput & { readonly name: string })[];
  /** The most that an on-demand table takes and gives. */
  readonly mostOnDemand?: Partial<Throughput>;
  /** Warm throughput. */
  readonly warm?: Throughput;
}

/** Capacity of a table, or of one of its global indexes, that Application Auto Scaling changes. */
export interface ScaledCapacity {
  /** Absent for the table itself. */
  readonly index?: string;
  readonly dimension: 'read' | 'write';
  /** Units a second. */
  readonly least: number;
  readonly most: number;
  /** False if nothing but scheduled actions may change it. */
  readonly hasPolicy: boolean;
}

/** Integrations of a table, as far as DynamoDB tells; an engine without such a feature tells of none. */
export interface TableIntegrations {
  /** ARNs of the Kinesis streams that its changes go to. */
  readonly kinesisStreams: readonly string[];
  /** Present if the table has a resource-based policy: the services that it lets in, e.g. `redshift.amazonaws.com`. */
  readonly policy?: { readonly services: readonly string[] };
  /** Absent if there is none. */
  readonly autoScaling?: readonly ScaledCapacity[];
}

/**
 * What DescribeTable and its sisters tell of a table, as far as the design names it; of one that goes it may be little.
 * TTL and recovery are known only of a table that is ACTIVE or UPDATING.
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
   * `enabling` after it was turned on and before it shows. `unknown` if the engine has no such feature (DynamoDB Local), or
   * if the table's status does not allow the question.
   */
  readonly pointInTimeRecovery: boolean | 'enabling' | 'unknown';
  readonly deletionProtection: boolean;
}

/** State of a backup. `gone`: it was deleted, or there never was one. */
export type BackupState = 'creating' | 'available' | 'gone';

export interface TableAdmin {
  /** @returns undefined where there is no such table. */
  describe(table: TableName): Promise<TableDescription | undefined>;
  /** @returns undefined if there is no such table. */
  integrations(table: TableName): Promise<TableIntegrations | undefined>;
  /** Begins to create; a table that is there already is no error. @throws TableLimitExceeded */
  create(table: TableName, design: TableDesign): Promise<void>;
  /**
   * Turns on what CreateTable can't: TTL and recovery. Safe to repeat; needs an ACTIVE table.
   * @returns false if DynamoDB does not take it yet, since recovery of a new table becomes available late: ask again.
   * @throws TableNotFound, TableInUse, TableLimitExceeded
   */
  configure(table: TableName, design: TableDesign): Promise<boolean>;
  /**
   * Begins a backup, unless one of that name is there or on its way.
   * @returns its ARN, or undefined if the engine has no backups (DynamoDB Local).
   * @throws TableNotFound, TableInUse, TableLimitExceeded
   */
  backUp(table: TableName, name: string): Promise<string | undefined>;
  /** @param arn as `backUp` returns it. */
  backup(arn: string): Promise<BackupState>;
  /** Begins to delete; a table that is gone already is no error. @throws TableInUse, TableLimitExceeded */
  delete(table: TableName): Promise<void>;
  /** True if the table holds no item of any tenant. A sentinel is none. */
  isEmpty(table: TableName): Promise<boolean>;
}

/** What reads a table's stream for capture. The journal may lack changes of the time between two different answers. */
export interface CaptureReader {
  /** Label of the table's stream; a stream that replaced another has a label of its own. Absent if the table has none. */
  readonly stream?: string;
  /** Identity of the reader; another one may have begun elsewhere in the stream. Absent if there is none. */
  readonly reader?: string;
  /** False while the reader is missing, has not begun, or is being turned off. */
  readonly isOn: boolean;
}

/** Who reads the tier tables' streams: capture, and who counts schools. */
export interface StreamReaders {
  /**
   * Returns what reads a table's stream for capture now. The answer is a look and may be seconds old.
   * @throws TableNotFound
   */
  look(table: TableName): Promise<CaptureReader>;
  /**
   * Lets them read a table's stream, from its beginning and in the way that capture needs; safe to repeat.
   * @returns true if all of them read it now. @throws StreamReaderMismatch
   */
  connect(table: TableName): Promise<boolean>;
  /** Begins to end that, before the table goes; safe to repeat. @returns whether nobody is being connected to it any more. */
  disconnect(table: TableName): Promise<boolean>;
  /** Counts the readers' mappings, of all tables, that are off or whose last attempt to read failed. */
  countNotReading(): Promise<number>;
  /** Batching windows of the mappings by which capture reads, of all tables; none if something else than mappings reads. */
  captureWindows(): Promise<readonly CaptureWindow[]>;
  /** Begins to change one; a mapping that is gone, or is being changed, stays as it is. */
  setCaptureWindow(mapping: string, seconds: number): Promise<void>;
}
/** For how long Lambda collects a table's records before it calls capture. */
export interface CaptureWindow {
  readonly table: TableName;
  readonly mapping: string;
  readonly seconds: number;
}

/** A key that another process changed, or of which the side that a flip made live missed a write. */
export interface NotedDifference extends Difference {
  /** The attempt that reported a straggler. Once an operator has retried, an earlier attempt's are known. */
  readonly attempt?: number;
  /** Present if a rollback has missed the write: only the target that it left has it. */
  readonly isTargetLeft?: true;
}

/** Keys that another process changed, in one record of a migration. */
export interface Foreign {
  readonly differences: readonly NotedDifference[];
  /** Differences between the two sides that stopped an attempt after a flip; an operator who retries has seen them. */
  readonly mismatches?: readonly NotedDifference[];
  /** A sentinel that has to come through capture before the keys are known to be another process's. */
  readonly proof?: EntityKey;
  /** When these keys were first found. Present with `proof`, or while a cutover waits for what explains them. */
  readonly since?: EpochMs;
}

/** Which migrations are listed. */
export interface MigrationFilter {
  readonly tenantId?: TenantId;
  readonly status?: Status;
  /** Only those that were requested earlier than this one. */
  readonly before?: MigrationId;
  /** Records that are read at once from each index partition: a reader of a few pays for no more. 1 MB by default. */
  readonly atOnce?: number;
}

/** Changes of the migration's record; a failed condition throws `Conflict`. */
export interface Migrations {
  /**
   * Adds a migration and its first event; unless it is a dry run it is the tenant's latest from then on, if that still is
   * `latest`: so of several requests at once one is made. @throws Conflict where the id is taken, or another was faster.
   */
  create(migration: Migration, latest?: MigrationId): Promise<void>;
  /** The tenant's latest migration that is no dry run, read consistently. */
  latest(tenantId: TenantId): Promise<MigrationId | undefined>;
  get(migrationId: MigrationId): Promise<Migration | undefined>;
  /** Latest first. A damaged record is passed over, logged and counted. */
  list(filter: MigrationFilter): AsyncIterable<Migration>;
  /**
   * Changes the status and adds the event, in one transaction, if the status and attempt are still those of `from`.
   * `change` holds other fields that change with it; `undefined` removes one. With `route` the tenant's route changes in
   * the same transaction, by compare-and-set on its epoch: so nobody fences or flips for a migration that has moved on.
   * With `unless` the transaction is refused if one of these fields is set, so that it cannot overtake what an operator
   * was told. With `asRead` it is refused if one of these fields is not as in `from`, so that of two operators at once the
   * second decides again. @throws Conflict
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
   * Notes that a write which was given up may still take effect until then. The latest time wins; a closed migration stays
   * as it is.
   */
  noteLateCalls(migrationId: MigrationId, outAt: EpochMs): Promise<void>;
  /** Notes since when a cutover that an operator holds could begin, once for each hold; nothing if it was released or retried. */
  noteHeldReady(from: Migration, at: EpochMs): Promise<void>;
  /**
   * Notes why a step failed, unless the record has moved on to another attempt, or holds a failure of this attempt that no
   * retry mends.
   */
  noteStepFailure(migrationId: MigrationId, steps: FailingSteps, failure: StepFailure): Promise<void>;
  /** Adds write units that no segment's record counts. */
  addWriteUnits(migrationId: MigrationId, work: 'apply' | 'discard', units: WriteUnits): Promise<void>;
  /** Sets when a stage began (once) or ended (the latest wins). */
  stage(
    migrationId: MigrationId,
    stage: Stage,
    mark: { startedAt?: EpochMs; endedAt?: EpochMs },
  ): Promise<void>;
  events(migrationId: MigrationId): Promise<readonly MigrationEvent[]>;
  /** The events of all migrations from then on, oldest first; the latest seconds may still lack some. */
  notices(since: EpochMs): AsyncIterable<Notice>;
  savePlan(migrationId: MigrationId, plan: Plan): Promise<void>;
  plan(migrationId: MigrationId): Promise<Plan | undefined>;
  saveReport(migrationId: MigrationId, report: Report): Promise<void>;
  report(migrationId: MigrationId): Promise<Report | undefined>;
  /** Saves the keys that another process changed, instead of those before. */
  saveForeign(migrationId: MigrationId, foreign: Foreign): Promise<void>;
  foreign(migrationId: MigrationId): Promise<Foreign>;
  /** Saves the sentinels that came through the source's capture under the fence that flipped. */
  saveFenceSentinels(migrationId: MigrationId, sentinels: readonly CapturedKey[]): Promise<void>;
  /** In key order; none if they were not saved. */
  fenceSentinels(migrationId: MigrationId): Promise<readonly CapturedKey[]>;
  /** Saves the keys beside which the fence's sentinels are put, instead of those before. */
  saveHotKeys(migrationId: MigrationId, keys: readonly EntityKey[]): Promise<void>;
  hotKeys(migrationId: MigrationId): Promise<readonly EntityKey[]>;
  /** Removes the hot keys and the fence's sentinels of a migration that has closed. */
  forgetKeys(migrationId: MigrationId): Promise<void>;
  /** Saves the keys that were written under a fence after every lease had run out, instead of those before. */
  saveKeysPastLeases(migrationId: MigrationId, keys: readonly EntityKey[]): Promise<void>;
  keysPastLeases(migrationId: MigrationId): Promise<readonly EntityKey[]>;
  /** Saves how far the check of the target's indexes has come, instead of what was saved before. */
  saveIndexChecks(migrationId: MigrationId, checks: IndexChecks): Promise<void>;
  indexChecks(migrationId: MigrationId): Promise<IndexChecks | undefined>;
  /** Saves how far a reading for that check has come, instead of what was saved before; undefined once it has ended. */
  saveIndexValues(migrationId: MigrationId, values: UnfinishedIndexValues | undefined): Promise<void>;
  indexValues(migrationId: MigrationId): Promise<UnfinishedIndexValues | undefined>;
  /**
   * Notes the table that is about to be reserved, instead of one that could not be, while nothing is reserved and the
   * status and attempt are still those of `from`. @throws Conflict
   */
  chooseTarget(from: Migration, target: Omit<CleanUpRecord, 'partitionClaimed'>): Promise<void>;
  /** Notes that the partition in this table was seen empty; noted already is no error. @throws Conflict where the record names another table. */
  claimPartition(migrationId: MigrationId, table: TableName): Promise<void>;
  cleanUp(migrationId: MigrationId): Promise<CleanUpRecord | undefined>;
}
/** A field of the migration's record that refuses a transition while it is set; `false` counts as not set. */
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

/** What a pass over one segment used; added to the segment's record. */
export type Pass = keyof Segment['units'];

export interface Segments {
  /** Adds segments at the list's end, idempotently. */
  add(migrationId: MigrationId, segments: readonly Segment[]): Promise<void>;
  get(migrationId: MigrationId, number: SegmentNumber): Promise<Segment>;
  list(migrationId: MigrationId): AsyncIterable<Segment>;
  /**
   * Claims the right to write the target for this segment, or renews it, if the migration still has the status and
   * attempt of `migration`: so no writer begins once a roll-back has.
   * @param ranOut the claim of a worker that never gave it back, which this one takes over: its writes have been noted.
   * @throws Conflict where the migration has moved on.
   * @throws SegmentClaimed while another worker's claim runs, or if another one than `ranOut` has run out.
   */
  claim(
    migration: Migration,
    number: SegmentNumber,
    claim: Claim,
    now: EpochMs,
    ranOut?: Claim,
  ): Promise<void>;
  /** Gives the claim back; not ours any more is no error. */
  release(migrationId: MigrationId, number: SegmentNumber, worker: string): Promise<void>;
  /** Saves progress and renews the claim in one call. @throws SegmentClaimed where the claim is not that worker's any more. */
  progress(migrationId: MigrationId, number: SegmentNumber, claim: Claim, done: CopyProgress): Promise<void>;
  /**
   * Removes keys and hashes of a migration that has closed: the segments' ranges, how far their passes came, items that cannot
   * be moved, `saveExpiring` and `saveDeletable`. Counts, fingerprints and differences stay.
   */
  forgetKeys(migrationId: MigrationId): Promise<void>;
  /** Sets results and adds units; for the passes that run without a claim. @throws Conflict once the keys are forgotten. */
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
  /** Saves the kept source's items that may expire, as `ExpiringItems` notes them: 12 bytes an item. */
  saveExpiring(migrationId: MigrationId, number: SegmentNumber, noted: Uint8Array): Promise<void>;
  expiring(migrationId: MigrationId, number: SegmentNumber): Promise<Uint8Array | undefined>;
  /** Hashes of the items that clean-up may delete; kept apart from the segment for its size. 12 bytes an item. */
  saveDeletable(migrationId: MigrationId, number: SegmentNumber, hashes: Uint8Array): Promise<void>;
  deletable(migrationId: MigrationId, number: SegmentNumber): Promise<Uint8Array | undefined>;
  /**
   * Saves how far a pass has come, with what it has found, as one whole, instead of what was saved before; undefined once the
   * pass has ended. Kept apart from the segment for its size.
   */
  saveUnfinished(
    migrationId: MigrationId,
    number: SegmentNumber,
    pass: UnfinishedPass | undefined,
  ): Promise<void>;
  unfinished(migrationId: MigrationId, number: SegmentNumber): Promise<UnfinishedPass | undefined>;
  /** Removes both of a segment that has been cleaned up. */
  forgetHashes(migrationId: MigrationId, number: SegmentNumber): Promise<void>;
}
export interface CopyProgress {
  readonly through?: EntityKey;
  readonly items: number;
  readonly bytes: number;
  readonly units: Units;
  readonly done: boolean;
}

export interface Registry {
  tenant(tenantId: TenantId): Promise<Tenant | undefined>;
  /** In an order of their own that stays. @param after to go on behind this one, which may be gone. */
  tenants(after?: TenantId): AsyncIterable<Tenant>;
  /**
   * Reads tenants of one range of an index, eventually consistently, at most `limit` records.
   * @param options `after`: where an earlier read has ended, or a tenant of its answer.
   */
  tenantsIn(
    range: TenantRange,
    options: { readonly limit: number; readonly after?: TenantPosition },
  ): Promise<TenantsRead>;
  table(table: TableName): Promise<TierTable | undefined>;
  tables(tier?: TierName): AsyncIterable<TierTable>;
  /**
   * Reads tables of a tier by an index, eventually consistently, at most `limit` records, in the order of their names.
   * @returns `last`: where to go on; absent at the end.
   */
  tablesIn(
    tier: TierName,
    options: { readonly limit: number; readonly after?: TableName },
  ): Promise<{ readonly tables: readonly TierTable[]; readonly last?: TableName }>;
  /** Reads the records of all tier tables, to choose one of them or the name of a new one. */
  allTables(): Promise<RegisteredTables>;
  /** Registers a tier table that is there already, or adds one that a migration is about to create. @throws Conflict where it is registered. */
  addTable(table: TierTable): Promise<void>;
  /**
   * Marks a table `retiring`, so that it takes nobody new, or `active` again; being so already is no error.
   * @throws Conflict where it is not registered, or dropped.
   */
  setRetiring(table: TableName, isRetiring: boolean): Promise<void>;
  /**
   * Gives a table as much room as leaves it with `limit` tenants in all, less than none where there are more; where
   * somebody has come or gone since `table` was read nothing changes.
   */
  setLimit(table: TierTable, limit: number): Promise<void>;
  /** Marks a table `dropping` if nobody is in it, comes or goes. @returns whether it is, or has been dropped. */
  markDropping(table: TableName): Promise<boolean>;
  /**
   * Marks a table that was `dropping` as `dropped`. Its record stays, so that its name is never given again: a deletion
   * that comes late finds nothing. @throws Conflict where it was not.
   */
  markDropped(table: TableName): Promise<void>;
  /** Adds a tenant and its place in the table. @throws Conflict where the id is taken or the table is full. */
  addTenant(tenant: Tenant, route: Route): Promise<void>;
  /** Changes what is given, and removes what is given as undefined. @throws Conflict where there is no such tenant. */
  prefer(
    tenantId: TenantId,
    change: Preferences,
    said: { readonly by: string; readonly at: EpochMs },
  ): Promise<void>;
  /** Notes how many schools the tenant has, unless a later count is there already, or the tenant is gone. */
  count(tenantId: TenantId, counted: { readonly schools: number; readonly at: EpochMs }): Promise<void>;
  /** Takes the tenant's lock for this migration; having it already is no error. @throws TenantAlreadyMigrating */
  lock(tenantId: TenantId, migrationId: MigrationId, source: TableName): Promise<void>;
  /** Gives the lock back; not having it is no error. */
  unlock(tenantId: TenantId, migrationId: MigrationId): Promise<void>;
  /** `none -> reserved`: takes room in the table. @returns false where it has none. */
  reserve(migration: Migration, table: TableName): Promise<boolean>;
  /** `reserved -> pending`: the tenant's record says what will be. */
  pend(migration: Migration, pending: NonNullable<Tenant['pending']>): Promise<void>;
  /** `pending -> confirmed`: the tenant has moved. */
  confirm(migration: Migration, now: EpochMs): Promise<void>;
  /** `confirmed -> reserved`: the tenant has moved back; its copies still have their room in the target. */
  revert(migration: Migration, home: NonNullable<Tenant['pending']>, now: EpochMs): Promise<void>;
  /** `confirmed -> released`: the source's room is free; a dedicated source is `dropped`. */
  release(migration: Migration): Promise<void>;
  /** `reserved | pending -> none`: everything as before. */
  undo(migration: Migration): Promise<void>;
}

/** Routes that were read together. */
export interface FoundRoutes {
  readonly routes: ReadonlyMap<TenantId, CaptureRoute>;
  /** Tenants whose route cannot be read. */
  readonly damaged: ReadonlySet<TenantId>;
}

export interface Routes {
  /** @throws RecordDamaged */
  get(tenantId: TenantId): Promise<Route | undefined>;
  /** Reads what capture needs of routes consistently, 100 in one call; a tenant without a route is not in the answer. */
  getMany(tenantIds: readonly TenantId[]): Promise<FoundRoutes>;
  /** The routes of all tenants whose writes are fenced, without the changes of the last second. Damaged routes are left out. */
  fenced(): AsyncIterable<Route>;
  /** Writes `to` if the epoch is still `from.epoch`. @throws Conflict */
  compareAndSet(from: Route, to: Route): Promise<void>;
}

/** A key of a table's stream, with the record's sequence number, or a word if no stream record marked it. */
export interface CapturedKey {
  readonly key: EntityKey;
  readonly sequence: string;
}

/** A key that changed on one side since it was last seen equal on both. */
export interface Mark extends CapturedKey {
  /** New each time the key is journalled: a mark goes only if it still is the one that was looked at. */
  readonly token: string;
}

/** What a flip may have left under a key of the side that it made live, as the key's first change in the stream tells it. */
export interface FirstChange {
  readonly key: EntityKey;
  /**
   * `shortHash` of the item before the change, or '' if there was none. The items after changes around the flip follow.
   * Empty if the stream's record is unreadable.
   */
  readonly states: readonly string[];
  /** When the item before the change expires, in seconds since 1970; absent if it does not. */
  readonly expires?: number;
  /** The change was made under the fence or about when the route flipped: it may be the migration's own. */
  readonly isAroundFlip?: true;
}

/** Keys of a migrating tenant that changed, by the side on which they did. Keys only, never values. */
export interface Journal {
  /**
   * Marks keys as changed, each with a token that no mark ever had; a key that is marked gets the new token.
   * @param changes different keys, each with the stream's sequence number, or a word for who else marks it.
   */
  mark(migrationId: MigrationId, side: Side, changes: readonly CapturedKey[]): Promise<void>;
  /** At most `limit` marks, read consistently, in any order. */
  marks(migrationId: MigrationId, side: Side, limit: number): Promise<Mark[]>;
  /** Which of these keys are marked now, read consistently. */
  marked(migrationId: MigrationId, side: Side, keys: readonly EntityKey[]): Promise<ReadonlySet<EntityKey>>;
  /** Removes marks; one whose token has changed since it was read stays. */
  remove(migrationId: MigrationId, side: Side, marks: readonly Mark[]): Promise<void>;
  /** Notes the keys of marks as touched in this comparison round, then removes the marks as `remove` does. */
  settle(migrationId: MigrationId, side: Side, marks: readonly Mark[], round: number): Promise<void>;
  /** At most `limit` keys that were touched in this comparison round or a later one, read consistently, in any order. */
  touched(
    migrationId: MigrationId,
    side: Side,
    fromRound: number,
    limit: number,
  ): Promise<readonly EntityKey[]>;
  /** Which of these keys are touched, of whatever round, read consistently. */
  touchedAmong(
    migrationId: MigrationId,
    side: Side,
    keys: readonly EntityKey[],
  ): Promise<ReadonlySet<EntityKey>>;
  /** Forgets the keys of both sides that were last touched in an earlier comparison round. */
  forgetTouched(migrationId: MigrationId, beforeRound: number): Promise<void>;
  /** Removes all marks and touched keys, of both sides. */
  clear(migrationId: MigrationId): Promise<void>;
  /**
   * Saves the first changes of different keys on the side that a flip has made live. A key that has one keeps it; if the new one
   * was made around the flip, its states are added. `clear` removes them.
   */
  saveFirstChanges(migrationId: MigrationId, side: Side, changes: readonly FirstChange[]): Promise<void>;
  /** All first changes on this side that were saved before, read consistently, in any order. */
  firstChanges(migrationId: MigrationId, side: Side): AsyncIterable<FirstChange>;
  /** The first changes of those of these keys that have one on this side, read consistently, in any order. */
  firstChangesOf(
    migrationId: MigrationId,
    side: Side,
    keys: readonly EntityKey[],
  ): Promise<readonly FirstChange[]>;
}

/**
 * The right to apply journalled keys: one worker a migration, who may write any key of the side that is being filled.
 * `migrationId` + `APPLIER`.
 */
export interface Appliers {
  /**
   * Takes or renews the right, if the migration still has the status and attempt of `migration`.
   * @param ranOut as in `Segments.claim`.
   * @throws Conflict where the migration has moved on.
   * @throws ApplierClaimed while another worker's claim runs, or if another one than `ranOut` has run out.
   */
  claim(migration: Migration, claim: Claim, now: EpochMs, ranOut?: Claim): Promise<void>;
  /** Gives the right back; not having it any more is no error. */
  release(migrationId: MigrationId, worker: string): Promise<void>;
  current(migrationId: MigrationId): Promise<Claim | undefined>;
}

/** The record by which the workers of a migration share its limits. */
export interface Paces {
  /** Read consistently. */
  current(key: PaceKey): Promise<PaceRecord | undefined>;
  /** Saves `to` if the record still is `from`, as it was read. @returns false if another worker has changed it */
  replace(key: PaceKey, from: PaceRecord | undefined, to: PaceRecord): Promise<boolean>;
}

export interface Admission {
  /** Counts changes. */
  readonly version: number;
  readonly admitted: readonly Admitted[];
}

/** Who was let go ahead: one record for all dispatchers. */
export interface Admissions {
  /** Read consistently. */
  current(): Promise<Admission>;
  /** @returns whether it was replaced: nobody else has changed it since. */
  replace(from: Admission, admitted: readonly Admitted[]): Promise<boolean>;
}

export interface SweepState {
  /** The tenant that was looked at last; absent between two rounds. */
  readonly after?: TenantId;
  /** When the last round ended; absent within one. */
  readonly endedAt?: EpochMs;
}

/** How far the sweep has come that goes by itself. Two at once do twice the work, and no harm. */
export interface Sweeps {
  current(): Promise<SweepState>;
  save(state: SweepState): Promise<void>;
}

/** A request of the console that was begun before, by its idempotency key. */
export interface EarlierRequest {
  /** Hash of what was asked for: a key is for one request. */
  readonly request: string;
  /** Absent while the request is being worked on. */
  readonly answer?: { readonly status: number; readonly body: string };
}

/** Requests of the console by the hash of subject and idempotency key. A few hundred bytes each stay, as events do. */
export interface IdempotentRequests {
  /**
   * Begins a request, unless it was begun before. One without an answer after `REQUEST_MS` is begun again: the console that
   * worked on it has died.
   * @returns the earlier one; undefined if it is begun now.
   */
  begin(id: string, request: string, at: EpochMs): Promise<EarlierRequest | undefined>;
  /** Saves the answer of a request that was begun. */
  finish(id: string, request: string, answer: NonNullable<EarlierRequest['answer']>): Promise<void>;
  /** Forgets a request that has failed and has no answer; gone already is no error. */
  forget(id: string, request: string): Promise<void>;
}

/** Time after which a request of the console that has no answer may be begun again, in ms. */
export const REQUEST_MS = 120_000;

/** Where others are told of changes. */
export interface Notices {
  /** Tells of them in this order. What it has told before may be told again. */
  publish(notices: readonly Notice[]): Promise<void>;
}

/** The state machines. */
export interface Workflow {
  /** Starts the migration's execution for this attempt; a second start of the same attempt is no error. */
  start(migrationId: MigrationId, attempt: number): Promise<void>;
  /**
   * Starts the migration's execution for this attempt, or joins the one that runs. Never behind, other than `isRunning`.
   * @returns false if that execution has ended.
   */
  startOrJoin(migrationId: MigrationId, attempt: number): Promise<boolean>;
  /** Starts the roll-back on its own, for a migration whose execution has died. */
  startRollBack(migrationId: MigrationId, attempt: number): Promise<void>;
  /** True if an execution for this attempt is under way. Behind by a moment: a start or an end may not show yet. */
  isRunning(migrationId: MigrationId, attempt: number): Promise<boolean>;
  /** True if an execution for this attempt is known, whether it runs or has ended. Behind as `isRunning` is. */
  isShown(migrationId: MigrationId, attempt: number): Promise<boolean>;
  /** Why the execution for this attempt failed or was stopped; undefined where it runs, succeeded, or is not known any more. */
  stoppedBy(migrationId: MigrationId, attempt: number): Promise<Reason | undefined>;
}

export interface Clock {
  /** Wall clock. */
  now(): EpochMs;
  /** Monotonic clock in ms, for durations and leases. */
  monotonic(): number;
  /** Resolves after `ms`, or rejects when `signal` aborts. For backing off inside one slice, never to wait for the world. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** Structured log; only ids, counts and sizes. */
export interface Log {
  info(fields: Record<string, unknown>, message: string): void;
  warn(fields: Record<string, unknown>, message: string): void;
}

/** Figures over time, each for the time since the last one of its kind, or as it stands. */
export type Metric =
  | 'CopiedItems'
  | 'CopiedBytes'
  /** Of the copy, in capacity units. */
  | 'ReadUnits'
  | 'WriteUnits'
  /** Calls on a tenant's partition that DynamoDB throttled. */
  | 'Throttles'
  /** Journalled keys that are left to apply. */
  | 'Backlog'
  /** 1 where the application writes faster than can be applied, else 0. */
  | 'NotConverging'
  /** How long writes stood still before a flip, in ms. */
  | 'FenceTime'
  /** Overdue fences that the watchdog or the dispatcher reopened. */
  | 'FenceOverdue'
  /** Steps that ended because the sides differ and no change says why. */
  | 'DigestMismatches'
  /** Keys of the source that were written after the flip. */
  | 'Stragglers'
  /** Migrations that wait for their turn, and those that are on their way. */
  | 'QueueDepth'
  | 'UnderWay'
  /** Readings of records of ours that are damaged: a record counts each time that it is read. */
  | 'DamagedRecords'
  /** Mappings that do not read their streams, counted each minute. No figure is as bad as a high one. */
  | 'StreamsNotRead'
  /** Executions that failed, timed out or were aborted, by whatever name or alias they were started. */
  | 'FailedExecutions';

export interface Metrics {
  put(
    values: Partial<Record<Metric, number>>,
    about?: { readonly migrationId?: MigrationId; readonly tenantId?: TenantId },
  ): void;
}

export interface Ports {
  readonly settings: Settings;
  /** The tenant's partition, with credentials that reach no other. */
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
  /** A random id, e.g. of a worker. */
  readonly newId: () => string;
  /** Uniform in [0, 1), for jitter. */
  readonly random: () => number;
  readonly log: Log;
  readonly metrics: Metrics;
}

/** A bounded piece of work: stop at `deadline` (monotonic ms) and return a cursor. */
export interface Slice {
  readonly deadline: number;
}
