import { describe, expect, test } from 'vitest';
import * as errors from '../../functions/migration/errors.ts';
import { handlerFile } from '../../infra/handler-files.ts';
import { MACHINES } from '../../state-machines/machines.ts';
import { type AslState, functionStatesOf, type NamedState, readMachine, statesOf } from './asl.ts';
import { portErrors, Reach, readSource } from './reach.ts';

/**
 * Errors after which a step is not retried. The Catch of `States.ALL` around its state rolls the migration back, or
 * records the failure, and an operator decides. All other errors are temporary, and every state that can get one
 * retries it.
 */
const FINAL: Readonly<Record<string, string>> = {
  TierferryError: 'the class of all others',
  InvalidRequest: 'of the command line',
  NotSafe: 'a record or a table is not as it must be; a person looks at it',
  StragglersFound: 'of the command line',
  MigrationNotFound: 'there is no such migration',
  TenantNotFound: 'of the command line',
  TenantHasItems: 'of the command line',
  TenantBeingRemoved: 'the tenant is removed and does not move any more',
  TenantAlreadyMigrating: 'another migration has the lock, until it ends',
  RecordDamaged: 'a person repairs the record',
  StaleAttempt: 'another attempt goes on',
  MigrationCancelled: 'what was asked for',
  MigrationBlocked: 'the plan says why',
  TableNotFound: 'a table that is gone does not come back by itself',
  TableGone: 'an operator restores it, or retries without it',
  TargetTableMismatch: 'no wait mends it',
  TargetTableNotActive: 'it was waited for',
  TargetPartitionNotEmpty: 'those items stay',
  UnmovableItem: 'a person decides about the item',
  NoFreeSlot: 'it was tried several times',
  CaptureNotArmed: 'it was waited for',
  StreamReaderMismatch: 'Lambda cannot change it',
  SchoolCounterNotFound: 'of the stream handler, which logs it',
  RouteMoved: 'the tenant is elsewhere',
  FenceExpired: 'caught in the cutover, which is tried again later',
  CutoverOverBudget: 'the same',
  WriteUnanswered: 'the same',
  ForeignWrite: 'keys need a decision',
  VerificationMismatch: 'the same',
  SourceChangedAfterFlip: 'the same',
};

const names = new Set(Object.keys(errors));
const passing = [...names].filter((name) => !(name in FINAL));
const reach = new Reach(names);
const states = MACHINES.map(readMachine).flatMap(functionStatesOf);
const fileOf = (state: string) => `functions/handlers/${handlerFile(state).split('/').at(-1)}`;
const handledBy = ({ Retry = [], Catch = [] }: AslState): Set<string> =>
  new Set([...Retry, ...Catch].flatMap(({ ErrorEquals }) => ErrorEquals));

/** Temporary errors that a state can get, and names neither in a Retry nor in a Catch. */
const unhandled = (name: string, state: AslState): string[] => {
  const handled = handledBy(state);
  // the watchdog retries every error
  if (state.Retry?.some(({ ErrorEquals }) => ErrorEquals.includes('States.ALL'))) return [];
  return [...reach.errorsOf(fileOf(name)), 'Throttled', 'Unavailable']
    .filter((error) => passing.includes(error) && !handled.has(error))
    .map((error) => `${name}: ${error}`);
};

describe('every error that a handler can throw', () => {
  test('is final for a reason that is written here, or named by its state', () => {
    expect(states.flatMap(({ name, state }) => unhandled(name, state))).toEqual([]);
  });

  test('is either final and never retried by name, or retried', () => {
    const named = new Set(states.flatMap(({ state }) => [...handledBy(state)]));
    expect(passing.filter((name) => !named.has(name))).toEqual([]);
    expect(Object.keys(FINAL).filter((name) => named.has(name) || !names.has(name))).toEqual([]);
  });

  test('is found in each handler whose ports throw it, and in no other', () => {
    const who = (error: string) =>
      states.map(({ name }) => name).filter((name) => reach.errorsOf(fileOf(name)).has(error));
    expect(who('TableInUse').sort()).toEqual(['CheckTargetTable', 'DropCreatedTable', 'DropSourceTable']);
    expect(who('SegmentClaimed')).toEqual(['CopySegment', 'CleanUpSegment']);
    expect(who('ApplierClaimed').sort()).toEqual([
      'ApplyJournal',
      'CatchUp',
      'CatchUpReverse',
      'CutOver',
      'CutOverReverse',
      'DiscardTarget',
    ]);
    expect(who('TargetTableMismatch')).toEqual(['CheckTargetTable']);
    expect(who('StaleAttempt')).toHaveLength(states.length - 1);
  });

  test('is reported if a state does not name it', () => {
    const { state } = states.find(({ name }) => name === 'DropSourceTable') ?? {};
    const Retry = state?.Retry?.filter(({ ErrorEquals }) => !ErrorEquals.includes('TableInUse')) ?? [];
    expect(unhandled('DropSourceTable', { Type: 'Task', Retry })).toEqual([
      'DropSourceTable: TableInUse',
      'DropSourceTable: TableLimitExceeded',
    ]);
  });
});

test("errors of Lambda itself and of a crashed function are retried by every function's state", () => {
  const transient = [
    'Lambda.ServiceException',
    'Lambda.AWSLambdaException',
    'Lambda.SdkClientException',
    'Lambda.TooManyRequestsException',
    'Lambda.ClientExecutionTimeoutException',
    'Lambda.Unknown',
    'Sandbox.Timedout',
    'Runtime.ExitError',
    'States.Timeout',
  ];
  for (const { name, state } of states) {
    const handled = handledBy({ ...state, Catch: [] });
    if (!handled.has('States.ALL'))
      expect(
        transient.filter((one) => !handled.has(one)),
        name,
      ).toEqual([]);
  }
});

/** Temporary errors of StartExecution; documentation and deployments use different names. */
const STARTS_THAT_PASS = [
  'StepFunctions.ExecutionLimitExceeded',
  'StepFunctions.ExecutionLimitExceededException',
  'StepFunctions.AWSStepFunctionsException',
  'StepFunctions.SdkClientException',
];
const tasks = MACHINES.map(readMachine)
  .flatMap(statesOf)
  .filter(({ state }) => state.Type === 'Task');
/** Tasks that start an execution, and do not retry if Step Functions itself refuses it. */
const startedOnce = (all: readonly NamedState[]): string[] =>
  all
    .filter(({ state }) => state.Resource?.includes(':states:startExecution'))
    .filter(({ state }) => {
      const handled = handledBy({ ...state, Catch: [] });
      return !handled.has('States.TaskFailed') && STARTS_THAT_PASS.some((error) => !handled.has(error));
    })
    .map(({ name }) => name);

describe('errors of Step Functions itself', () => {
  test('are retried by every state that starts an execution', () => {
    expect(startedOnce(tasks)).toEqual([]);
  });

  test('are reported in a state that gives up at once', () => {
    const Resource = 'arn:aws:states:::states:startExecution.sync:2';
    const Catch = [{ ErrorEquals: ['States.ALL'], Next: 'X' }];
    const Retry = [{ ErrorEquals: ['Throttled'] }];
    expect(startedOnce([{ name: 'Planted', state: { Type: 'Task', Resource, Retry, Catch } }])).toEqual([
      'Planted',
    ]);
  });

  test('lead to one execution of the rollback, which has the name of its attempt', () => {
    const { state } = tasks.find(({ name }) => name === 'RollBack') ?? {};
    expect(state?.Parameters).toMatchObject({ 'Name.$': "States.Format('{}-{}', $.migrationId, $.attempt)" });
    // a failed rollback is not run again automatically: an operator reads the cause and retries it
    expect([...handledBy({ ...state, Type: 'Task', Catch: [] })]).not.toContain('States.TaskFailed');
  });
});

test('declarations, imports and thrown errors are read from formatted sources', () => {
  const { blocks, imports } = readSource(
    'functions/migration/copy/x.ts',
    "import { a, type T, b as c } from '../y.ts';\n/** new Commented() */\nexport const f = () => c(g());\nasync function* g() {\n  throw new Conflict('');\n}\n",
  );
  expect([...blocks.keys()]).toEqual(['f', 'g']);
  expect(blocks.get('f')?.text).not.toContain('Conflict');
  expect([...imports]).toEqual([
    ['a', { file: 'functions/migration/y.ts', name: 'a' }],
    ['c', { file: 'functions/migration/y.ts', name: 'b' }],
  ]);
  const ports =
    'export interface Some {\n  /** Does. @throws One, Two @throws Three if so */\n  work(): void;\n  /** None. */\n  rest(): void;\n}\nexport interface Ports {\n  readonly some: Some;\n}\n';
  expect([...portErrors(ports)]).toEqual([
    ['some.work', ['One', 'Two', 'Three']],
    ['some.rest', []],
  ]);
});
