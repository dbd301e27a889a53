import { pino } from 'pino';
import type { Log } from '../migration/log-port.ts';

/** Fields that a log line may have: ids, counts, sizes and times. Others are dropped, so that no item is logged by mistake. */
const ALLOWED = new Set([
  'migrationId',
  'tenantId',
  'attempt',
  'status',
  'from',
  'to',
  'stage',
  'segment',
  'table',
  'record',
  'field',
  'requestId',
  'ms',
  'items',
  'schools',
  'request',
  'backlog',
  'journalledPerSecond',
  'appliedPerSecond',
  'bytes',
  'segments',
  'readUnits',
  'writeUnits',
  'tries',
  'waitMs',
  'error',
]);
const isPlain = (value: unknown) => ['string', 'number', 'boolean'].includes(typeof value);

const allowedFieldsOnly = (fields: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(fields).filter(([name, value]) => ALLOWED.has(name) && isPlain(value)));

/**
 * Creates a log that writes one JSON line per entry.
 * @param level `info`, `warn` or `silent`.
 * @param write writes a line; by default to standard error, since standard output is for results.
 * @param handler name of the Lambda handler, for every line. Names of log streams contain it in part only.
 */
export const createLog = (level = 'info', write?: (line: string) => void, handler?: string): Log => {
  const base = handler === undefined ? null : { handler };
  const options = { level, base, formatters: { log: allowedFieldsOnly } };
  const logger = write ? pino(options, { write }) : pino(options, pino.destination({ fd: 2, sync: true }));
  return {
    info: (fields, message) => logger.info(fields, message),
    warn: (fields, message) => logger.warn(fields, message),
  };
};
