import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { translateError, translateTableChange } from '../../functions/aws/errors.ts';
import { TierferryError } from '../../functions/migration/errors.ts';
import { readSources } from '../house/imports.ts';

/**
 * Every error that the SDK's model lists for an operation that an adapter calls. Translated errors become errors of
 * ours, which states retry or name (test/house/handled-errors.test.ts). The adapter handles some itself; all others are
 * final. The router calls operations for the application, which gets the SDK's own errors.
 */
const CLIENTS = ['dynamodb', 'lambda', 'sfn', 'eventbridge', 'sts', 'application-auto-scaling'] as const;

/** The errors that each SDK error is translated to, by its name. */
const TRANSLATED: Readonly<Record<string, string>> = {
  BackupInUseException: 'TableInUse',
  ConcurrentUpdateException: 'Unavailable',
  ContinuousBackupsUnavailableException: 'TableInUse',
  ExecutionLimitExceeded: 'Throttled',
  InternalException: 'Unavailable',
  InternalServerError: 'Unavailable',
  InternalServiceException: 'Unavailable',
  InvalidEndpointException: 'Unavailable',
  KmsThrottlingException: 'Throttled',
  LimitExceededException: 'TableLimitExceeded',
  ProvisionedThroughputExceededException: 'Throttled',
  ReplicatedWriteConflictException: 'Throttled',
  RequestLimitExceeded: 'Throttled',
  ResourceInUseException: 'TableInUse',
  ResourceNotFoundException: 'TableNotFound',
  ServiceException: 'Unavailable',
  TableInUseException: 'TableInUse',
  TableNotFoundException: 'TableNotFound',
  ThrottlingException: 'Throttled',
  TooManyRequestsException: 'Throttled',
  TransactionConflictException: 'Throttled',
  TransactionInProgressException: 'Throttled',
};
/** Errors that an adapter takes as an answer, in the file that sends the operation. */
const ANSWERED: Readonly<Record<string, string>> = {
  'CreateEventSourceMapping ResourceConflictException': 'another process was faster',
  'CreateEventSourceMapping ResourceNotFoundException': 'StreamReaderMismatch',
  'CreateTable ResourceInUseException': 'it is there, or goes: what it is by then is checked later',
  'DeleteEventSourceMapping ResourceInUseException': 'not yet',
  'DeleteEventSourceMapping ResourceNotFoundException': 'gone',
  'DeleteItem ConditionalCheckFailedException': 'the condition does not hold',
  'DescribeBackup BackupNotFoundException': 'gone',
  'DescribeExecution ExecutionDoesNotExist': 'it does not run',
  'DescribeScalingPolicies FailedResourceAccessException': 'there is a policy, whose alarms cannot be read',
  'GetResourcePolicy PolicyNotFoundException': 'it has none',
  'ListEventSourceMappings ResourceNotFoundException': 'StreamReaderMismatch',
  'PutItem ConditionalCheckFailedException': 'the condition does not hold',
  'StartExecution ExecutionAlreadyExists': 'it was started',
  'TransactWriteItems TransactionCanceledException':
    'conditions do not hold, or another transaction was in the way',
  'UpdateEventSourceMapping ResourceConflictException': 'another process was faster',
  'UpdateEventSourceMapping ResourceInUseException': 'not yet',
  'UpdateEventSourceMapping ResourceNotFoundException': 'the next poll sees that it is gone',
  'UpdateItem ConditionalCheckFailedException': 'the condition does not hold',
};
/** Errors that stay the SDK's own: the step fails, and an operator reads the name. */
const FINAL: Readonly<Record<string, string>> = {
  ExpiredTokenException: 'of web identities, of which there are none',
  IdempotentParameterMismatchException: 'the SDK makes a token of its own for each call',
  InvalidArn: 'a mistake of the deployment',
  InvalidNextTokenException: 'the SDK passes on the token that it was given',
  InvalidExecutionInput: 'the input is two short fields',
  InvalidName: 'names are made of ids',
  InvalidParameterValueException: 'a mistake of the deployment',
  ItemCollectionSizeLimitExceededException: 'the plan warns of a local index; nothing but fewer items helps',
  KmsAccessDeniedException: 'of machines with a key, of which there are none',
  KmsInvalidStateException: 'the same',
  MalformedPolicyDocumentException: 'no session policy is passed',
  PackedPolicyTooLargeException: 'one short tag is passed',
  RegionDisabledException: 'an administrator enables the region',
  ResourceConflictException: 'of functions that are being changed by a deployment of theirs',
  StateMachineDeleting: 'the deployment is being removed',
  StateMachineDoesNotExist: 'the deployment was removed',
  ValidationException: 'a mistake of ours',
};

/**
 * The only operation whose errors fail no step: capture logs that a count was not requested, and takes its changes as
 * processed (functions/migration/growth/take-changes.ts).
 */
const LOGGED = 'Invoke';

/** Operations that lib-dynamodb offers under shorter names. */
const DOCUMENT: Readonly<Record<string, string>> = {
  Get: 'GetItem',
  Put: 'PutItem',
  Update: 'UpdateItem',
  Delete: 'DeleteItem',
  BatchGet: 'BatchGetItem',
  BatchWrite: 'BatchWriteItem',
  TransactWrite: 'TransactWriteItems',
  BatchExecuteStatement: 'BatchExecuteStatement',
};

interface CalledOperation {
  readonly operation: string;
  readonly file: string;
  readonly source: string;
}

/** Operations that a file of adapters sends. */
const operationsIn = (file: string, source: string): CalledOperation[] => {
  const names = [...source.matchAll(/\bnew (\w+)Command\(|\bpaginate([A-Z]\w+)\(/g)].map(
    ([, sent, paged]) => sent ?? paged ?? '',
  );
  return [...new Set(names)].map((name) => ({ operation: DOCUMENT[name] ?? name, file, source }));
};

const declarations = (client: string, operation: string): string =>
  fileURLToPath(
    new URL(
      `../../node_modules/@aws-sdk/client-${client}/dist-types/commands/${operation}Command.d.ts`,
      import.meta.url,
    ),
  );

/** Names of the errors that the SDK's model lists for an operation, read from its declarations. */
const modelErrors = ({ operation, source }: CalledOperation): string[] => {
  const found = CLIENTS.map((client) => ({ client, file: declarations(client, operation) })).filter(
    ({ file }) => existsSync(file),
  );
  // some operations, such as GetResourcePolicy, exist in two services
  const imported = found.filter(({ client }) => source.includes(`@aws-sdk/client-${client}'`));
  const files = (found.length > 1 ? imported : found).map(({ file }) => file);
  expect(files, `${operation} is an operation of one client`).toHaveLength(1);
  return files
    .flatMap((file) => [
      ...readFileSync(file, 'utf8').matchAll(/@throws \{@link (\w+)\} \((?:client|server) fault\)/g),
    ])
    .map(([, name = '']) => name);
};

const named = (name: string): Error => Object.assign(new Error('planted'), { name });

/** Returns how an error of an operation is handled: translated, by the adapter, or not at all. */
const handlingOf = ({ operation, source }: CalledOperation, error: string): string => {
  if (operation === LOGGED) return 'logged';
  if (`${operation} ${error}` in ANSWERED) {
    return source.includes(error) ? 'answered' : `${operation} ${error} is not in the adapter`;
  }
  const isOfTable = source.includes('./table-calls.ts');
  const meaning = isOfTable
    ? translateTableChange(named(error), { table: 'a-table' })
    : translateError(named(error), { table: 'a-table' });
  if (meaning instanceof TierferryError) return meaning.name;
  return error in FINAL ? 'final' : `${operation} ${error} is not handled`;
};

/** On AWS, CloudFormation creates the control tables: only the embedded stack calls this. */
const EMBEDDED_ONLY = 'functions/aws/control-tables.ts';
const called = [...readSources('functions/aws')]
  .filter(([file]) => file !== EMBEDDED_ONLY)
  .flatMap(([file, source]) => operationsIn(file, source));
const pairs = called.flatMap((one) => modelErrors(one).map((error) => [one, error] as const));

describe('every error that the model lists for a called operation', () => {
  test('is translated, answered by the adapter, or final for a reason', () => {
    expect(called.length).toBeGreaterThan(30);
    const found = pairs.map(([one, error]) => handlingOf(one, error));
    expect([...new Set(found)].filter((handling) => handling.includes(' '))).toEqual([]);
  });

  test('is translated to this error, and no entry is unused', () => {
    const translated: Record<string, string> = {};
    const answered = new Set<string>();
    const final = new Set<string>();
    for (const [one, error] of pairs) {
      const handling = handlingOf(one, error);
      if (handling === 'answered') answered.add(`${one.operation} ${error}`);
      else if (handling === 'final') final.add(error);
      else if (handling !== 'logged') translated[error] = handling;
    }
    expect(translated).toEqual(TRANSLATED);
    expect([...answered].sort()).toEqual(Object.keys(ANSWERED).sort());
    expect([...final].sort()).toEqual(Object.keys(FINAL).sort());
  });

  test('is found missing if it is new', () => {
    const one = { operation: 'CreateTable', file: 'x.ts', source: '' };
    expect(handlingOf(one, 'TableTiredException')).toBe('CreateTable TableTiredException is not handled');
    expect(handlingOf(one, 'ResourceInUseException')).toBe(
      'CreateTable ResourceInUseException is not in the adapter',
    );
    expect(operationsIn('x.ts', 'new PutCommand(x); paginateScan(y); new PutCommand(z)')).toMatchObject([
      { operation: 'PutItem' },
      { operation: 'Scan' },
    ]);
  });
});
