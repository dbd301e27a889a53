// `tierferry/router` and `@tierferry/router` are this file: everything that an application imports is exported here
export { type RoutedClientOptions, routedClient } from './client/routed-client.ts';
export type { TenantKey, TenantKeys } from './client/tenant-names.ts';
export { type UnroutableReason, UnroutableRequest } from './client/unroutable-request.ts';
export * from './tenant-router.ts';
