import {
  TableInUse,
  TableLimitExceeded,
  TableNotFound,
  Throttled,
  Unavailable,
} from '../migration/errors.ts';

/** [DynamoDB developer guide, Error handling; API reference, common errors] */
const THROTTLES = new Set([
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'ThrottlingException',
  'ThrottlingError',
  // STS
  'Throttling',
  'TooManyRequestsException',
  // another transaction holds the item for some milliseconds
  'TransactionConflictException',
  'TransactionInProgressException',
  // a write of another region holds the item [API reference, PutItem: ReplicatedWriteConflictException]
  'ReplicatedWriteConflictException',
  'KmsThrottlingException',
  // a million executions are open [Step Functions API reference, StartExecution]
  'ExecutionLimitExceeded',
]);
const BROKEN = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'TimeoutError',
  'InternalServerError',
  'ServiceUnavailable',
  // of Lambda and of EventBridge
  'ServiceException',
  'InternalException',
  // of Application Auto Scaling; the second while a target is being changed
  'InternalServiceException',
  'ConcurrentUpdateException',
  // an endpoint that the SDK had discovered has changed; it discovers the new one
  'InvalidEndpointException',
]);
/** Most operations name a missing table by the first, those of backups and recovery by the second. [API reference] */
const NO_TABLE = new Set(['ResourceNotFoundException', 'TableNotFoundException']);
/**
 * The table, or a backup of it, is being made, changed or deleted. Recovery and backups of a new table become available
 * late. [API reference, CreateBackup, DeleteTable, UpdateContinuousBackups]
 */
const IN_USE = new Set([
  'ResourceInUseException',
  'TableInUseException',
  'BackupInUseException',
  'ContinuousBackupsUnavailableException',
]);

/** The connection broke: whether the request was taken is unknown. Sockets break that were kept while Lambda froze. */
const RESET = new Set(['ECONNRESET', 'EPIPE']);
/** There was no connection, so nothing was sent. */
const UNSENT = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN']);

/**
 * What an error of the SDK means to the core: `Throttled`, `Unavailable` or `TableNotFound`, with the SDK's error as
 * its cause. Any other error comes back as it is; failed conditions are for the adapter that set them.
 * @param table named in the message of `TableNotFound`.
 */
export const translate = (error: unknown, { table }: { table?: string } = {}): Error => {
  if (!(error instanceof Error)) return new Error(String(error));
  const options = { cause: error };
  if (THROTTLES.has(error.name)) return new Throttled(error.message, reasonsOf(error), options);
  if (NO_TABLE.has(error.name)) {
    return new TableNotFound(`there is no table ${table ?? ''}`.trimEnd(), {
      ...options,
      ...(table === undefined ? {} : { table }),
    });
  }
  if (BROKEN.has(error.name) || BROKEN.has(codeOf(error)) || statusOf(error) >= 500) {
    const isUnsent = UNSENT.has(codeOf(error));
    return new Unavailable(error.message || codeOf(error), { ...options, isUnsent });
  }
  return error;
};

/** The same for an operation on a table as a whole: adds `TableInUse` and `TableLimitExceeded`, both of which pass. */
export const translateTableChange = (error: unknown, { table }: { table: string }): Error => {
  const options = { cause: error };
  if (IN_USE.has(nameOf(error)))
    return new TableInUse(`another operation on table ${table} is under way`, options);
  if (nameOf(error) === 'LimitExceededException')
    return new TableLimitExceeded(`table ${table}: ${error instanceof Error ? error.message : ''}`, options);
  return translate(error, { table });
};

/**
 * The same for a write without conditions: one that a broken connection, of whatever kind, left without an answer may
 * still take effect, so it is `Unavailable`.
 */
export const translateWrite = (error: unknown, about: { table: string }): Error => {
  const meaning = translate(error, about);
  const isBroken = meaning === error && statusOf(meaning) === 0 && codeOf(meaning) !== '';
  return isBroken ? new Unavailable(meaning.message || codeOf(meaning), { cause: error }) : meaning;
};

/** `ThrottlingReasons` of the service; the two errors that carry it spell it differently. [API reference, ThrottlingReason] */
const reasonsOf = (error: Error): string[] => {
  const listed =
    ('ThrottlingReasons' in error && error.ThrottlingReasons) ||
    ('throttlingReasons' in error && error.throttlingReasons);
  if (!Array.isArray(listed)) return [];
  return listed.flatMap((one: unknown) =>
    typeof one === 'object' && one !== null && 'reason' in one && typeof one.reason === 'string'
      ? [one.reason]
      : [],
  );
};

/** True if a broken connection left the request without an answer. */
export const isReset = (error: unknown): boolean => error instanceof Error && RESET.has(codeOf(error));

const codeOf = (error: Error): string =>
  'code' in error && typeof error.code === 'string' ? error.code : '';

const statusOf = (error: Error): number => {
  const metadata: unknown = '$metadata' in error ? error.$metadata : undefined;
  return typeof metadata === 'object' &&
    metadata !== null &&
    'httpStatusCode' in metadata &&
    typeof metadata.httpStatusCode === 'number'
    ? metadata.httpStatusCode
    : 0;
};

/** By which the SDK's errors are told apart; empty for what is none. */
export const nameOf = (error: unknown): string => (error instanceof Error ? error.name : '');
