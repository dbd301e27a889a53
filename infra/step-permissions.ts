/**
 * Resources and permissions of each step of the state machines: time, memory, and the DynamoDB actions on each kind of
 * table. Plain data, from which CDK makes functions and roles. A step with a missing action fails with AccessDenied; a
 * step of the ASL without an entry fails at synthesis.
 */

/** Kinds of tables: control tables with the indexes that functions read, and tier tables with their indexes and backups. */
export type Tables =
  | 'registry'
  | 'registryIndexes'
  | 'routes'
  | 'migrations'
  | 'migrationsByStatus'
  | 'migrationsByTenant'
  | 'migrationsByDay'
  | 'journal'
  | 'tierTables'
  | 'tierTableIndexes'
  | 'tierTableBackups'
  /** For actions without resource-level permissions. */
  | 'anyTable';

/** DynamoDB actions without the service's name. The parts of a transaction are authorised separately. */
export type Action =
  | 'GetItem'
  | 'Query'
  | 'Scan'
  | 'PutItem'
  | 'UpdateItem'
  | 'DeleteItem'
  | 'PartiQLDelete'
  | 'ConditionCheckItem'
  | 'BatchGetItem'
  | 'BatchWriteItem'
  | 'DescribeTable'
  | 'DescribeTimeToLive'
  | 'DescribeContinuousBackups'
  | 'DescribeKinesisStreamingDestination'
  | 'GetResourcePolicy'
  | 'CreateTable'
  | 'TagResource'
  | 'UpdateTable'
  | 'UpdateTimeToLive'
  | 'UpdateContinuousBackups'
  | 'DeleteTable'
  | 'CreateBackup'
  | 'DescribeBackup'
  | 'ListBackups';

export type Access = Partial<Record<Tables, readonly Action[]>>;

export interface StepPermissions {
  /** Seconds after which Lambda ends the function; less than the state's time-out, so that two attempts never overlap. */
  readonly seconds: number;
  /** Memory in MB. Lambda allocates CPU in proportion, a whole core at 1,769 MB. [Lambda, Configure memory] */
  readonly memory: number;
  readonly access: Access;
  /**
   * Reserved concurrency, for functions that could otherwise start too often. The account's other functions have that much
   * less.
   */
  readonly concurrency?: number;
  /** True if it reads the targets and policies of Application Auto Scaling. */
  readonly readsAutoScaling?: true;
  /** Its use of the port `StreamReaders`. */
  readonly streamReaders?: StreamReaderUse;
}

/** Uses of the port `StreamReaders`; each includes `inspect`. `rest` sets batching windows. */
export type StreamReaderUse = 'inspect' | 'connect' | 'disconnect' | 'rest';

/** A step that reads and writes a few records, which takes seconds with the SDK's retries. */
const briefStep = (access: Access): StepPermissions => ({
  seconds: 45,
  memory: 256,
  access: withGuard(access),
});
/** A step that processes items for a slice (`sliceMs`) and then returns its cursor. */
const slicedStep = (access: Access): StepPermissions => ({
  seconds: 100,
  memory: 1_024,
  access: withGuard(access),
});

/**
 * Adds the actions of the guard: every step reads its migration first, to check whether it may act, and records its failure
 * there.
 */
const withGuard = (access: Access): Access => ({
  ...access,
  migrations: [...new Set<Action>(['GetItem', 'UpdateItem', ...(access.migrations ?? [])])],
});

/** Changes the migration's status and adds the event, in one transaction. */
const advance: readonly Action[] = ['UpdateItem', 'PutItem'];
/** Applies journalled keys under a claim, removes their entries, and checks the readers of both sides' streams. */
const apply = {
  migrations: [...advance, 'Query', 'ConditionCheckItem', 'DeleteItem'],
  journal: ['Query', 'BatchGetItem', 'BatchWriteItem', 'PartiQLDelete'],
  tierTables: ['BatchGetItem', 'BatchWriteItem', 'DescribeTable'],
} as const satisfies Access;
/** Arms capture, and waits for a proof. */
const armCapture = {
  migrations: advance,
  routes: ['GetItem', 'PutItem'],
  journal: ['BatchGetItem'],
  tierTables: ['BatchWriteItem', 'DescribeTable'],
} as const satisfies Access;
/** Compares a segment while the application writes, and journals the keys that differ. */
const compareLive = {
  migrations: ['UpdateItem'],
  journal: ['BatchWriteItem', 'BatchGetItem'],
  tierTables: ['Query'],
} as const satisfies Access;
/** Compares a segment of the kept source, or of the target after a rollback, with the live side. */
const compareFormerLiveSide = {
  migrations: ['UpdateItem', 'PutItem'],
  journal: ['BatchGetItem'],
  tierTables: ['Query'],
} as const satisfies Access;
/** Finds stragglers and reports them. */
const findStragglers = {
  migrations: [...advance, 'Query'],
  journal: ['Query', 'PartiQLDelete'],
  tierTables: ['BatchGetItem'],
} as const satisfies Access;
/** Finds stragglers, and writes that did not reach the target. */
const findLostWrites = {
  ...findStragglers,
  journal: [...findStragglers.journal, 'BatchGetItem'],
} as const satisfies Access;
/** The cutover, in either direction. */
const cutOver = {
  ...apply,
  routes: ['GetItem', 'PutItem'],
  tierTables: [...apply.tierTables, 'Query'],
} as const satisfies Access;
const describe: readonly Action[] = ['DescribeTable', 'DescribeTimeToLive', 'DescribeContinuousBackups'];
const drop: readonly Action[] = [...describe, 'UpdateTable', 'DeleteTable'];

/** Actions that are never allowed on adopted tables: they create, change or delete the table, or read all of it. */
export const NEVER_ON_ADOPTED: readonly Action[] = [
  'CreateTable',
  'TagResource',
  'UpdateTable',
  'UpdateTimeToLive',
  'UpdateContinuousBackups',
  'DeleteTable',
  'CreateBackup',
  'Scan',
];

/** Permissions by name of the state, in the order of the ASL. */
export const STEP_PERMISSIONS: Readonly<Record<string, StepPermissions>> = {
  OpenMigration: briefStep({ migrations: [...advance, 'Query'] }),
  CountPartition: slicedStep({ migrations: ['Query', 'PutItem', 'UpdateItem'], tierTables: ['Query'] }),
  SurveySegment: slicedStep({ migrations: ['UpdateItem'], tierTables: ['Query'] }),
  PlanMigration: {
    ...briefStep({
      migrations: [...advance, 'Query'],
      registry: ['GetItem', 'Scan'],
      routes: ['GetItem'],
      tierTables: [...describe, 'DescribeKinesisStreamingDestination', 'GetResourcePolicy', 'Query'],
    }),
    readsAutoScaling: true,
  },
  LockTenant: briefStep({ migrations: advance, registry: ['GetItem', 'UpdateItem'] }),
  ReserveTarget: briefStep({
    migrations: ['ConditionCheckItem', 'PutItem', 'UpdateItem'],
    registry: ['Scan', 'PutItem', 'UpdateItem'],
    tierTables: describe,
  }),
  CreateTargetTable: briefStep({ tierTables: ['DescribeTable', 'CreateTable', 'TagResource'] }),
  CheckTargetTable: {
    ...briefStep({
      registry: ['GetItem'],
      tierTables: [...describe, 'UpdateTimeToLive', 'UpdateContinuousBackups'],
    }),
    streamReaders: 'connect',
  },
  ArmSourceCapture: {
    ...briefStep(armCapture),
    streamReaders: 'connect',
  },
  ClaimTargetPartition: briefStep({ migrations: advance, tierTables: ['Query', 'BatchWriteItem'] }),
  CopySegment: slicedStep({
    migrations: ['ConditionCheckItem', 'UpdateItem'],
    tierTables: ['Query', 'BatchWriteItem'],
  }),
  ConcludeCopy: briefStep({ migrations: [...advance, 'Query'] }),
  ArmTargetCapture: { ...briefStep(armCapture), streamReaders: 'inspect' },
  ApplyJournal: { ...slicedStep(apply), streamReaders: 'inspect' },
  CompareSegment: slicedStep(compareLive),
  CheckIndexes: slicedStep({
    migrations: advance,
    tierTables: ['Query', 'BatchGetItem', 'BatchWriteItem'],
    tierTableIndexes: ['Query'],
  }),
  UpdateTenantRegistry: briefStep({ migrations: ['UpdateItem'], registry: ['UpdateItem'] }),
  CatchUp: { ...slicedStep({ ...apply, routes: ['GetItem', 'PutItem'] }), streamReaders: 'connect' },
  CompareSegmentAgain: slicedStep(compareLive),
  ShortenLease: briefStep({ migrations: advance, routes: ['GetItem', 'PutItem'] }),
  CutOver: { ...slicedStep(cutOver), streamReaders: 'inspect' },
  ConfirmRegistry: briefStep({ migrations: ['UpdateItem'], registry: ['GetItem', 'UpdateItem'] }),
  CompareKeptSegment: slicedStep(compareFormerLiveSide),
  // reads each item of the kept source whose key was written since the flip
  ConcludeComparison: {
    ...briefStep({ ...findLostWrites, tierTables: [...findLostWrites.tierTables, 'Query'] }),
    memory: 1_024,
  },
  CheckHold: {
    ...briefStep({
      ...findStragglers,
      journal: [...findStragglers.journal, 'BatchGetItem'],
      tierTables: [...findStragglers.tierTables, 'Query', 'BatchWriteItem', 'DescribeTable'],
    }),
    streamReaders: 'inspect',
  },
  VerifyKeptSegment: slicedStep({
    migrations: ['UpdateItem'],
    journal: ['BatchGetItem'],
    tierTables: ['Query'],
  }),
  ConcludeKeptSource: briefStep({
    migrations: [...advance, 'Query', 'DeleteItem'],
    registry: ['GetItem'],
    journal: ['Query', 'PartiQLDelete', 'BatchGetItem'],
    tierTables: ['Query', 'BatchGetItem', 'BatchWriteItem'],
  }),
  CleanUpSegment: slicedStep({
    migrations: ['ConditionCheckItem', 'UpdateItem', 'PutItem', 'Query', 'BatchWriteItem'],
    tierTables: ['Query', 'BatchWriteItem'],
  }),
  DropSourceTable: {
    ...briefStep({
      migrations: ['UpdateItem'],
      registry: ['GetItem'],
      tierTables: [...drop, 'CreateBackup'],
      tierTableBackups: ['DescribeBackup'],
      // no resource-level permissions [Service Authorization Reference, DynamoDB]
      anyTable: ['ListBackups'],
    }),
    streamReaders: 'disconnect',
  },
  ReleaseSource: briefStep({ migrations: ['UpdateItem'], registry: ['UpdateItem'] }),
  CloseReport: briefStep({
    migrations: [...advance, 'Query', 'BatchWriteItem'],
    routes: ['GetItem', 'PutItem'],
    journal: ['Query', 'BatchWriteItem'],
  }),
  RecordFailure: briefStep({ migrations: ['Query', 'UpdateItem', 'PutItem'] }),

  // its failure is not a failure of the migration, so it records none
  WatchFence: {
    seconds: 45,
    memory: 256,
    access: { migrations: ['GetItem'], routes: ['GetItem', 'PutItem'] },
  },

  DecideRollback: briefStep({ migrations: [...advance, 'Query'], routes: ['GetItem'] }),
  CatchUpReverse: { ...slicedStep(apply), streamReaders: 'connect' },
  CompareSegmentReverse: slicedStep(compareLive),
  ShortenLeaseReverse: briefStep({ migrations: advance, routes: ['GetItem', 'PutItem'] }),
  CutOverReverse: { ...slicedStep(cutOver), streamReaders: 'inspect' },
  CompareTargetSegment: slicedStep(compareFormerLiveSide),
  // reads each item of the former target whose key was written since the flip back
  ConcludeComparisonReverse: {
    ...briefStep({
      migrations: [...advance, 'Query'],
      journal: ['Query'],
      tierTables: ['Query', 'BatchGetItem'],
    }),
    memory: 1_024,
  },
  ReopenWrites: briefStep({ routes: ['GetItem', 'PutItem'] }),
  AwaitWorkers: briefStep({ migrations: ['Query', 'UpdateItem'] }),
  ReverseRegistry: briefStep({ migrations: ['UpdateItem'], registry: ['UpdateItem'] }),
  DiscardTarget: slicedStep({
    migrations: ['ConditionCheckItem', 'UpdateItem', 'PutItem', 'DeleteItem', 'Query'],
    routes: ['GetItem'],
    journal: ['BatchGetItem'],
    tierTables: ['Query', 'BatchGetItem', 'BatchWriteItem'],
  }),
  UndoRegistry: briefStep({ migrations: ['UpdateItem'], registry: ['UpdateItem'] }),
  DropCreatedTable: {
    ...briefStep({
      registry: ['GetItem', 'UpdateItem'],
      tierTables: [...drop, 'Scan'],
    }),
    streamReaders: 'disconnect',
  },
  CloseRollback: briefStep({
    migrations: [...advance, 'Query', 'BatchWriteItem'],
    registry: ['UpdateItem'],
    routes: ['GetItem', 'PutItem'],
    journal: ['Query', 'BatchWriteItem'],
  }),
  RecordRollbackFailure: briefStep({
    migrations: [...advance, 'Query'],
    routes: ['GetItem', 'PutItem'],
  }),
};

/** Admits queued migrations. */
const dispatch = {
  migrations: ['GetItem', 'UpdateItem', 'PutItem'],
  migrationsByStatus: ['Query'],
} as const satisfies Access;
/** Requests a tenant's move. */
const request = {
  ...dispatch,
  registry: ['GetItem', 'UpdateItem'],
  routes: ['GetItem'],
  tierTables: describe,
} as const satisfies Access;

/** Counts a tenant's schools, and requests its move. */
const recount = { ...request, tierTables: [...request.tierTables, 'Query'] } as const satisfies Access;

/** Permissions by name of the handler, for handlers that no state calls. */
export const OTHER_PERMISSIONS: Readonly<Record<string, StepPermissions>> = {
  CaptureChanges: {
    seconds: 60,
    memory: 512,
    // the migration's record has the time of the flip, replaces a route that cannot be read, and records a gap
    access: {
      routes: ['BatchGetItem'],
      migrations: ['GetItem', 'UpdateItem'],
      journal: ['Query', 'BatchWriteItem', 'BatchGetItem', 'PutItem'],
    },
  },
  CountSchools: {
    seconds: 60,
    memory: 256,
    access: { ...recount, routes: [...recount.routes, 'BatchGetItem'] },
    // a bulk import may change many tenants at once, each of which is counted by a query
    concurrency: 10,
  },
  SweepTenants: {
    seconds: 100,
    memory: 256,
    access: { ...recount, registry: [...recount.registry, 'Scan'] },
    // a second sweep at the same time would only repeat the work
    concurrency: 1,
  },
  RequestMove: { seconds: 60, memory: 256, access: recount, concurrency: 10 },
  PublishEvents: { seconds: 60, memory: 256, access: {} },
  AdmitQueued: {
    seconds: 60,
    memory: 256,
    // it reopens overdue fences
    access: { ...request, registry: ['GetItem'], routes: [...request.routes, 'Scan', 'PutItem'] },
    // many executions may end together; two dispatchers cover each other, more would compete for the same record
    concurrency: 2,
    // it counts mappings that do not read, and sets the windows of tables at rest
    streamReaders: 'rest',
  },
};

/** Reads migrations, and notes a request by its idempotency key, with its answer. */
const consoleMigrations: readonly Action[] = ['GetItem', 'Query', 'PutItem', 'UpdateItem', 'DeleteItem'];

/** By name of the handler, of those that serve the ops console. */
export const CONSOLE_PERMISSIONS = {
  // a stream lives for 14 minutes
  ServeConsole: {
    seconds: 900,
    memory: 512,
    access: {
      ...request,
      // it sets preferences, marks tables, and lists the tenants of a table that is retired
      registry: [...request.registry, 'Scan'],
      registryIndexes: ['Query'],
      migrations: consoleMigrations,
      migrationsByTenant: ['Query'],
      migrationsByDay: ['Query'],
    },
  },
  SteerMigrations: {
    seconds: 300,
    memory: 1_024,
    access: {
      ...request,
      // the doctor reads control tables whole, and mends what it finds
      registry: ['GetItem', 'Scan', 'PutItem', 'UpdateItem'],
      routes: ['GetItem', 'Scan', 'PutItem'],
      migrations: [...consoleMigrations, 'Scan'],
      // a rollback compares what was written since the flip first
      journal: [...findLostWrites.journal, 'Scan', 'BatchWriteItem'],
      tierTables: [...describe, 'BatchGetItem', 'Query'],
    },
  },
} as const satisfies Readonly<Record<string, StepPermissions>>;

/** By name of the handler. */
export const ALL_PERMISSIONS: Readonly<Record<string, StepPermissions>> = {
  ...STEP_PERMISSIONS,
  ...OTHER_PERMISSIONS,
  ...CONSOLE_PERMISSIONS,
};

/** Returns the resources and permissions of a function. @throws Error if it has no entry */
export const permissionsOf = (state: string): StepPermissions => {
  const permissions = ALL_PERMISSIONS[state];
  if (!permissions) throw new Error(`infra/step-permissions.ts has no entry for ${state}`);
  return permissions;
};
