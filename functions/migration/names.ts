/** Distinct types for names that must not be confused. They are parsed at the edge and trusted inside. */
declare const brand: unique symbol;
type Brand<T, Name extends string> = T & { readonly [brand]: Name };

/** Id of a tenant, e.g. `tenant-abc-123`. Contains no `#`, which separates it from the rest of a key. */
export type TenantId = Brand<string, 'TenantId'>;
export type TableName = Brand<string, 'TableName'>;
export type TierName = Brand<string, 'TierName'>;
export type MigrationId = Brand<string, 'MigrationId'>;
/**
 * Key of an item among those of its tenant: the sort key, preceded by the number of the partition if a tenant has several.
 */
export type EntityKey = Brand<string, 'EntityKey'>;
/** Number of changes of one tenant's route. Every change is a compare-and-set on it. */
export type RoutingEpoch = Brand<number, 'RoutingEpoch'>;
/** Position of a segment in the migration's list, from 0, in key order. */
export type SegmentNumber = Brand<number, 'SegmentNumber'>;
/** DynamoDB write capacity units (1 KB each). */
export type WriteUnits = Brand<number, 'WriteUnits'>;
/** DynamoDB read capacity units (4 KB each, strongly consistent; half for eventually consistent). */
export type ReadUnits = Brand<number, 'ReadUnits'>;
/** Milliseconds since 1970 on the wall clock, for display and for deadlines that several machines share. */
export type EpochMs = Brand<number, 'EpochMs'>;

export const tableName = (name: string) => name as TableName;
export const entityKey = (key: string) => key as EntityKey;
export const epochMs = (ms: number) => ms as EpochMs;
export const readUnits = (units: number) => units as ReadUnits;
export const writeUnits = (units: number) => units as WriteUnits;
