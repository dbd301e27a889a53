// `tierferry/router` and `@tierferry/router` are this file: everything that an application imports is exported here
export { type RoutedClientOptions, routedClient } from './client/routed-client.ts';
export type { TenantKey, TenantKeys } from './client/tenant-names.ts';
export { type UnroutableReason, UnroutableRequest } from './client/unroutable-request.ts';
export type { LiveTables, PastTable, TenantHistory } from './consumers/live-tables.ts';
export {
  belongsToLiveTable,
  type ConsumerOptions,
  isTierferryRecord,
  originOf,
  type RecordOrigin,
} from './consumers/record-origin.ts';
export { WITHOUT_SENTINELS } from './consumers/sentinel-filter.ts';
export type { StreamRecord } from './consumers/stream-record.ts';
export * from './tenant-router.ts';
