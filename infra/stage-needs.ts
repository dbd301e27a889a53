/**
 * What each step of the state machines needs from AWS: time, memory, and the DynamoDB actions on each kind of table.
 * Plain data, which CDK turns into functions and roles. A step that comes to need more fails with AccessDenied until it
 * says so here; a step of the ASL without an entry fails at synthesis.
 */

/** Kinds of tables: ours with the indexes that a function reads, and the tenants' with their indexes and backups. */
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
  /** For actions that name no resource. */
  | 'anyTable';

/** DynamoDB actions without their service's name; the parts of a transaction are authorised one by one. */
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

export interface StageNeeds {
  /** Seconds after which Lambda ends the function; less than the state's own timeout, so that two never run at once. */
  readonly seconds: number;
  /** MB; Lambda gives CPU in proportion, a whole core at 1,769 MB. [Lambda, Configure memory] */
  readonly memory: number;
  readonly access: Access;
  /** How many may run at once, where a stampede would hurt; the account's other functions lose as many. */
  readonly concurrency?: number;
  /** It reads what Application Auto Scaling changes. */
  readonly readsAutoScaling?: true;
  /** What it does with the readers of tables' streams. */
  readonly streamReaders?: ReadersUse;
}

/** Uses of the port `StreamReaders`; each includes `look`. `rest` sets batching windows. */
export type ReadersUse = 'look' | 'connect' | 'disconnect' | 'rest';

/** A step that reads and writes a few records: seconds, with the SDK's retries. */
const brief = (access: Access): StageNeeds => ({ seconds: 45, memory: 256, access: withGuard(access) });
/** A step that works through items for a slice (`sliceMs`), then returns its cursor. */
const slice = (access: Access): StageNeeds => ({ seconds: 100, memory: 1_024, access: withGuard(access) });

/** Every step reads its migration first, to learn whether it may act, and notes there why it fails. */
const withGuard = (access: Access): Access => ({
  ...access,
  migrations: [...new Set<Action>(['GetItem', 'UpdateItem', ...(access.migrations ?? [])])],
});

/** Changes the migration's status and adds the event, in one transaction. */
const advance: readonly Action[] = ['UpdateItem', 'PutItem'];
/** Applies journalled keys under a claim, and settles them; looks who reads both sides' streams. */
const apply = {
  migrations: [...advance, 'Query', 'ConditionCheckItem', 'DeleteItem'],
  journal: ['Query', 'BatchGetItem', 'BatchWriteItem', 'PartiQLDelete'],
  tierTables: ['BatchGetItem', 'BatchWriteItem', 'DescribeTable'],
} as const satisfies Access;
/** Arms capture, and sees a change come through it. */
const armCapture = {
  migrations: advance,
  routes: ['GetItem', 'PutItem'],
  journal: ['BatchGetItem'],
  tierTables: ['BatchWriteItem', 'DescribeTable'],
} as const satisfies Access;
/** Compares a segment while the tenant is written, and journals what differs. */
const compareLive = {
  migrations: ['UpdateItem'],
  journal: ['BatchWriteItem', 'BatchGetItem'],
  tierTables: ['Query'],
} as const satisfies Access;
/** Compares a segment of the side that a flip has left with the live one. */
const compareLeft = {
  migrations: ['UpdateItem', 'PutItem'],
  journal: ['BatchGetItem'],
  tierTables: ['Query'],
} as const satisfies Access;
/** Looks for writes that reached the source after the flip, and reports them. */
const findStragglers = {
  migrations: [...advance, 'Query'],
  journal: ['Query', 'PartiQLDelete'],
  tierTables: ['BatchGetItem'],
} as const satisfies Access;
/** Looks for writes that the target has missed as well. */
const findMissedWrites = {
  ...findStragglers,
  journal: [...findStragglers.journal, 'BatchGetItem'],
} as const satisfies Access;
/** The cutover, either way. */
const cutOver = {
  ...apply,
  routes: ['GetItem', 'PutItem'],
  tierTables: [...apply.tierTables, 'Query'],
} as const satisfies Access;
const describe: readonly Action[] = ['DescribeTable', 'DescribeTimeToLive', 'DescribeContinuousBackups'];
const drop: readonly Action[] = [...describe, 'UpdateTable', 'DeleteTable'];

/** What is never done to a table that was there before us: nothing that creates, changes or deletes it, no look at all of it. */
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

/** By name of the state, in the order of the ASL. */
export const STAGE_NEEDS: Readonly<Record<string, StageNeeds>> = {
  OpenMigration: brief({ migrations: [...advance, 'Query'] }),
  CountPartition: slice({ migrations: ['Query', 'PutItem', 'UpdateItem'], tierTables: ['Query'] }),
  SurveySegment: slice({ migrations: ['UpdateItem'], tierTables: ['Query'] }),
  PlanMigration: {
    ...brief({
      migrations: [...advance, 'Query'],
      registry: ['GetItem', 'Scan'],
      routes: ['GetItem'],
      tierTables: [...describe, 'DescribeKinesisStreamingDestination', 'GetResourcePolicy', 'Query'],
    }),
    readsAutoScaling: true,
  },
  LockTenant: brief({ migrations: advance, registry: ['GetItem', 'UpdateItem'] }),
  ReserveTarget: brief({
    migrations: ['ConditionCheckItem', 'PutItem', 'UpdateItem'],
    registry: ['Scan', 'PutItem', 'UpdateItem'],
    tierTables: describe,
  }),
  CreateTargetTable: brief({ tierTables: ['DescribeTable', 'CreateTable', 'TagResource'] }),
  CheckTargetTable: {
    ...brief({
      registry: ['GetItem'],
      tierTables: [...describe, 'UpdateTimeToLive', 'UpdateContinuousBackups'],
    }),
    streamReaders: 'connect',
  },
  ArmSourceCapture: {
    ...brief(armCapture),
    streamReaders: 'connect',
  },
  ClaimTargetPartition: brief({ migrations: advance, tierTables: ['Query', 'BatchWriteItem'] }),
  CopySegment: slice({
    migrations: ['ConditionCheckItem', 'UpdateItem'],
    tierTables: ['Query', 'BatchWriteItem'],
  }),
  ConcludeCopy: brief({ migrations: [...advance, 'Query'] }),
  ArmTargetCapture: { ...brief(armCapture), streamReaders: 'look' },
  ApplyJournal: { ...slice(apply), streamReaders: 'look' },
  CompareSegment: slice(compareLive),
  CheckIndexes: slice({
    migrations: advance,
    tierTables: ['Query', 'BatchGetItem', 'BatchWriteItem'],
    tierTableIndexes: ['Query'],
  }),
  UpdateTenantRegistry: brief({ migrations: ['UpdateItem'], registry: ['UpdateItem'] }),
  CatchUp: { ...slice({ ...apply, routes: ['GetItem', 'PutItem'] }), streamReaders: 'connect' },
  CompareSegmentAgain: slice(compareLive),
  ShortenLease: brief({ migrations: advance, routes: ['GetItem', 'PutItem'] }),
  CutOver: { ...slice(cutOver), streamReaders: 'look' },
  ConfirmRegistry: brief({ migrations: ['UpdateItem'], registry: ['GetItem', 'UpdateItem'] }),
  CompareKeptSegment: slice(compareLeft),
  // reads each item of the kept source whose key was written since the flip
  ConcludeComparison: {
    ...brief({ ...findMissedWrites, tierTables: [...findMissedWrites.tierTables, 'Query'] }),
    memory: 1_024,
  },
  CheckHold: {
    ...brief({
      ...findStragglers,
      journal: [...findStragglers.journal, 'BatchGetItem'],
      tierTables: [...findStragglers.tierTables, 'Query', 'BatchWriteItem', 'DescribeTable'],
    }),
    streamReaders: 'look',
  },
  VerifyFrozenSegment: slice({
    migrations: ['UpdateItem'],
    journal: ['BatchGetItem'],
    tierTables: ['Query'],
  }),
  ConcludeFrozenSource: brief({
    migrations: [...advance, 'Query', 'DeleteItem'],
    registry: ['GetItem'],
    journal: ['Query', 'PartiQLDelete', 'BatchGetItem'],
    tierTables: ['Query', 'BatchGetItem', 'BatchWriteItem'],
  }),
  CleanUpSegment: slice({
    migrations: ['ConditionCheckItem', 'UpdateItem', 'PutItem', 'Query', 'BatchWriteItem'],
    tierTables: ['Query', 'BatchWriteItem'],
  }),
  DropSourceTable: {
    ...brief({
      migrations: ['UpdateItem'],
      registry: ['GetItem'],
      tierTables: [...drop, 'CreateBackup'],
      tierTableBackups: ['DescribeBackup'],
      // it names no table [Service Authorization Reference, DynamoDB]
      anyTable: ['ListBackups'],
    }),
    streamReaders: 'disconnect',
  },
  ReleaseSource: brief({ migrations: ['UpdateItem'], registry: ['UpdateItem'] }),
  CloseReport: brief({
    migrations: [...advance, 'Query', 'BatchWriteItem'],
    routes: ['GetItem', 'PutItem'],
    journal: ['Query', 'BatchWriteItem'],
  }),
  RecordFailure: brief({ migrations: ['Query', 'UpdateItem', 'PutItem'] }),

  // its failure is none of the migration, so it notes none
  WatchFence: {
    seconds: 45,
    memory: 256,
    access: { migrations: ['GetItem'], routes: ['GetItem', 'PutItem'] },
  },

  DecideWayOut: brief({ migrations: [...advance, 'Query'], routes: ['GetItem'] }),
  CatchUpBack: { ...slice(apply), streamReaders: 'connect' },
  CompareSegmentBack: slice(compareLive),
  ShortenLeaseBack: brief({ migrations: advance, routes: ['GetItem', 'PutItem'] }),
  CutBack: { ...slice(cutOver), streamReaders: 'look' },
  CompareTargetLeft: slice(compareLeft),
  // reads each item of the target that was left whose key was written since the flip back
  ConcludeComparisonBack: {
    ...brief({
      migrations: [...advance, 'Query'],
      journal: ['Query'],
      tierTables: ['Query', 'BatchGetItem'],
    }),
    memory: 1_024,
  },
  ReopenWrites: brief({ routes: ['GetItem', 'PutItem'] }),
  AwaitWriters: brief({ migrations: ['Query', 'UpdateItem'] }),
  RevertRegistry: brief({ migrations: ['UpdateItem'], registry: ['UpdateItem'] }),
  DiscardTarget: slice({
    migrations: ['ConditionCheckItem', 'UpdateItem', 'PutItem', 'DeleteItem', 'Query'],
    routes: ['GetItem'],
    journal: ['BatchGetItem'],
    tierTables: ['Query', 'BatchGetItem', 'BatchWriteItem'],
  }),
  RestoreRegistry: brief({ migrations: ['UpdateItem'], registry: ['UpdateItem'] }),
  DropCreatedTable: {
    ...brief({
      registry: ['GetItem', 'UpdateItem'],
      tierTables: [...drop, 'Scan'],
    }),
    streamReaders: 'disconnect',
  },
  CloseRollBack: brief({
    migrations: [...advance, 'Query', 'BatchWriteItem'],
    registry: ['UpdateItem'],
    routes: ['GetItem', 'PutItem'],
    journal: ['Query', 'BatchWriteItem'],
  }),
  RecordRollbackFailure: brief({
    migrations: [...advance, 'Query'],
    routes: ['GetItem', 'PutItem'],
  }),
};

/** Lets migrations go ahead whose turn it is. */
const dispatch = {
  migrations: ['GetItem', 'UpdateItem', 'PutItem'],
  migrationsByStatus: ['Query'],
} as const satisfies Access;
/** Asks for a tenant's move. */
const request = {
  ...dispatch,
  registry: ['GetItem', 'UpdateItem'],
  routes: ['GetItem'],
  tierTables: describe,
} as const satisfies Access;

/** The same after a look at how many schools it has. */
const recount = { ...request, tierTables: [...request.tierTables, 'Query'] } as const satisfies Access;

/** By name of the handler, of those that no state calls. */
export const OTHER_NEEDS: Readonly<Record<string, StageNeeds>> = {
  CaptureChanges: {
    seconds: 60,
    memory: 512,
    // the migration's record tells when it flipped, stands in for a route that cannot be read, and notes a gap
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
    // a bulk import tells of many tenants at once, each counted by a query
    concurrency: 10,
  },
  SweepTenants: {
    seconds: 100,
    memory: 256,
    access: { ...recount, registry: [...recount.registry, 'Scan'] },
    // one sweep is one: a second would do the same again
    concurrency: 1,
  },
  RequestMove: { seconds: 60, memory: 256, access: recount, concurrency: 10 },
  PublishNotices: { seconds: 60, memory: 256, access: {} },
  AdmitQueued: {
    seconds: 60,
    memory: 256,
    // it reopens overdue fences
    access: { ...request, registry: ['GetItem'], routes: [...request.routes, 'Scan', 'PutItem'] },
    // many executions may end together; two cover each other, more would fight for the same places
    concurrency: 2,
    // it counts the mappings that cannot read, and sets the windows of tables at rest
    streamReaders: 'rest',
  },
};

/** Reads migrations, and notes a request by its idempotency key, with its answer. */
const consoleMigrations: readonly Action[] = ['GetItem', 'Query', 'PutItem', 'UpdateItem', 'DeleteItem'];

/** By name of the handler, of those that serve the ops console. */
export const CONSOLE_NEEDS = {
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
      journal: [...findMissedWrites.journal, 'Scan', 'BatchWriteItem'],
      tierTables: [...describe, 'BatchGetItem', 'Query'],
    },
  },
} as const satisfies Readonly<Record<string, StageNeeds>>;

/** By name of the handler. */
export const ALL_NEEDS: Readonly<Record<string, StageNeeds>> = {
  ...STAGE_NEEDS,
  ...OTHER_NEEDS,
  ...CONSOLE_NEEDS,
};

/** Returns what a function needs. @throws Error for a state that has no entry here. */
export const needsOf = (state: string): StageNeeds => {
  const needs = ALL_NEEDS[state];
  if (!needs) throw new Error(`infra/stage-needs.ts does not say what state ${state} needs`);
  return needs;
};
