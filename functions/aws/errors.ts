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
  // another transaction locks the item for some milliseconds
  'TransactionConflictException',
  'TransactionInProgressException',
  // a write in another region locks the item [API reference, PutItem: ReplicatedWriteConflictException]
  'ReplicatedWriteConflictException',
  'KmsThrottlingException',
  // a million executions are open [Step Functions API reference, StartExecution]
  'ExecutionLimitExceeded',
]);
const UNAVAILABLE = new Set([
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
  // Lambda and EventBridge
  'ServiceException',
  'InternalException',
  // Application Auto Scaling; the second one while a target is being changed
  'InternalServiceException',
  'ConcurrentUpdateException',
  // a discovered endpoint has changed; the SDK discovers the new one
  'InvalidEndpointException',
]);
/** Errors for a missing table: operations on backups and recovery use the second, all others the first. [API reference] */
const NO_TABLE = new Set(['ResourceNotFoundException', 'TableNotFoundException']);
/**
 * Errors while the table, or a backup of it, is being made, changed or deleted. Recovery and backups of a new table become
 * available late. [API reference, CreateBackup, DeleteTable, UpdateContinuousBackups]
 */
const IN_USE = new Set([
  'ResourceInUseException',
  'TableInUseException',
  'BackupInUseException',
  'ContinuousBackupsUnavailableException',
]);

/** The connection broke, and it is unknown whether the request took effect. Sockets break while Lambda freezes a function. */
const RESET = new Set(['ECONNRESET', 'EPIPE']);
/** No connection was established, so the request was not sent. */
const NOT_SENT = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN']);

/**
 * Translates an error of the SDK to `Throttled`, `Unavailable` or `TableNotFound`, with the SDK's error as its cause.
 * Returns any other error unchanged; adapters handle failed conditions themselves.
 * @param table table to name in the message of `TableNotFound`.
 */
export const translateError = (error: unknown, { table }: { table?: string } = {}): Error => {
  if (!(error instanceof Error)) return new Error(String(error));
  const options = { cause: error };
  if (THROTTLES.has(error.name)) return new Throttled(error.message, reasonsOf(error), options);
  if (NO_TABLE.has(error.name)) {
    return new TableNotFound(`there is no table ${table ?? ''}`.trimEnd(), {
      ...options,
      table,
    });
  }
  if (UNAVAILABLE.has(error.name) || UNAVAILABLE.has(codeOf(error)) || statusOf(error) >= 500) {
    const isUnsent = NOT_SENT.has(codeOf(error));
    return new Unavailable(error.message || codeOf(error), { ...options, isUnsent });
  }
  return error;
};

/** Translates an error of an operation on a table as a whole: also to `TableInUse` and `TableLimitExceeded`, both temporary. */
export const translateTableChange = (error: unknown, { table }: { table: string }): Error => {
  const options = { cause: error };
  if (IN_USE.has(nameOf(error)))
    return new TableInUse(`another operation on table ${table} is in progress`, options);
  if (nameOf(error) === 'LimitExceededException')
    return new TableLimitExceeded(`table ${table}: ${error instanceof Error ? error.message : ''}`, options);
  return translateError(error, { table });
};

/**
 * Translates an error of a write without conditions. After any broken connection the write may still take effect, so the
 * error is `Unavailable`.
 */
export const translateWrite = (error: unknown, about: { table: string }): Error => {
  const translated = translateError(error, about);
  const isUnavailable = translated === error && statusOf(translated) === 0 && codeOf(translated) !== '';
  return isUnavailable
    ? new Unavailable(translated.message || codeOf(translated), { cause: error })
    : translated;
};

/**
 * Returns the service's `ThrottlingReasons`, whose spelling differs between the two errors. [API reference,
 * ThrottlingReason]
 */
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

/** Returns the name of an error, by which the SDK's errors are distinguished; empty for other values. */
export const nameOf = (error: unknown): string => (error instanceof Error ? error.name : '');
