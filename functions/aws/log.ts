import { pino } from 'pino';
import type { Log } from '../migration/ports.ts';

/** What a log line may hold: ids, counts, sizes and times. Any other field is dropped, so no item can get in by mistake. */
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

const allowedOnly = (fields: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(fields).filter(([name, value]) => ALLOWED.has(name) && isPlain(value)));

/**
 * One JSON line an event.
 * @param level `info`, `warn` or `silent`.
 * @param write where a line goes; standard error where nothing is said, since standard output belongs to answers.
 */
export const createLog = (level = 'info', write?: (line: string) => void): Log => {
  const options = { level, base: null, formatters: { log: allowedOnly } };
  const logger = write ? pino(options, { write }) : pino(options, pino.destination({ fd: 2, sync: true }));
  return {
    info: (fields, message) => logger.info(fields, message),
    warn: (fields, message) => logger.warn(fields, message),
  };
};
