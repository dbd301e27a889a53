import { compileTemplates, type KeyTemplate } from '../client/key-template.ts';
import { stringOf } from '../client/records.ts';
import { DEFAULT_KEYS, type TenantKeys } from '../client/tenant-names.ts';
import { TenantRouteNotFound } from '../errors.ts';
import type { CallOptions } from '../routing.ts';
import { SENTINEL_WORD } from '../sentinel.ts';
import { type TenantHistory, whenLive } from './live-tables.ts';
import { creationOf, type StreamRecord, tableOf } from './stream-record.ts';

/**
 * The process that made the change of a stream record. `either` if the record was created so close to a flip that its
 * time does not tell: then it is a change of the application, or a copy of one.
 */
export type RecordOrigin = 'application' | 'either' | 'tierferry';

export interface ConsumerOptions extends CallOptions {
  /** The keys of the tenants' table. Default: `tenantId`, whose value is the tenant's id, and `entityKey`. */
  readonly keys?: TenantKeys;
  /**
   * Maximum difference between the clocks of DynamoDB and of the function that flipped the tenant, in ms. Records that
   * close to a flip are of `either`. Default: 1,000.
   */
  readonly clockToleranceMs?: number;
}

/**
 * True if the record's item is Tierferry's own: a sentinel, or the marker of an index check. Such an item is not the
 * tenant's, and has none of the application's attributes. Needs no request.
 */
export const isTierferryRecord = (
  { dynamodb }: StreamRecord,
  { keys = DEFAULT_KEYS }: Pick<ConsumerOptions, 'keys'> = {},
): boolean => stringOf(dynamodb?.Keys?.[keys.sortKey])?.includes(SENTINEL_WORD) === true;

/**
 * Tells whether the application or a migration made the change of a stream record. A migration writes the tenant's items
 * only in the table that is not live, so the record's table and time decide, with the flips that the tenant's route keeps.
 *
 * Items that belong to no tenant, and tenants without a route, are never migrated: their records are of the application.
 *
 * @param router the application's `TenantRouter`. A route that it has cached needs no request.
 * @throws TypeError if the record does not name its table. Otherwise the errors of `TenantRouter.liveTables`.
 */
export const originOf = async (
  record: StreamRecord,
  router: TenantHistory,
  { keys = DEFAULT_KEYS, clockToleranceMs = 1_000, signal }: ConsumerOptions = {},
): Promise<RecordOrigin> => {
  const table = tableOf(record);
  if (isTierferryRecord(record, { keys })) return 'tierferry';
  const value = stringOf(record.dynamodb?.Keys?.[keys.partitionKey]);
  const tenantId = value === undefined ? undefined : templateOf(keys)(value);
  if (tenantId === undefined) return 'application';
  const tables = await router.liveTables(tenantId, { signal }).catch((error: unknown) => {
    if (error instanceof TenantRouteNotFound) return undefined;
    throw error;
  });
  if (tables === undefined) return 'application';
  const { from, to } = creationOf(record);
  const live = whenLive(tables, table, { from: from - clockToleranceMs, to: to + clockToleranceMs });
  return ORIGINS[live];
};

const ORIGINS = { always: 'application', partly: 'either', never: 'tierferry' } as const;

/**
 * True if the record's table was live when the record was created, so that a consumer has to process it: also if the
 * tenant has been flipped to another table since. False for the copies, repairs and deletions of a migration.
 *
 * It drops no change of the application. Within two seconds of a flip it lets copies pass, of changes that the consumer
 * gets from the other table's stream too. Lambda also delivers records more than once, so process each record
 * idempotently.
 *
 * ```ts
 * for (const record of event.Records) if (await belongsToLiveTable(record, router)) await process(record);
 * ```
 *
 * @throws the errors of `originOf`
 */
export const belongsToLiveTable = async (
  record: StreamRecord,
  router: TenantHistory,
  options?: ConsumerOptions,
): Promise<boolean> => (await originOf(record, router, options)) !== 'tierferry';

const compiled = new WeakMap<TenantKeys, KeyTemplate>();

/** Compiles the template of the keys once. */
const templateOf = (keys: TenantKeys): KeyTemplate => {
  const known = compiled.get(keys);
  if (known) return known;
  const template = compileTemplates(keys.template);
  compiled.set(keys, template);
  return template;
};
