import { SENTINEL_ATTRIBUTE } from '../sentinel.ts';

const isAbsent = { [SENTINEL_ATTRIBUTE]: { S: [{ exists: false }] } };

/**
 * Pattern for the `FilterCriteria` of a consumer's event source mapping: leaves out the records of Tierferry's sentinels, so
 * that Lambda does not call the consumer for them. It needs the new and the old images in the stream. From a stream without
 * them sentinels pass, so a consumer calls `isTierferryRecord` as well. [Lambda developer guide, Using event filtering with
 * a DynamoDB event source]
 *
 * ```ts
 * new DynamoEventSource(table, { startingPosition, filters: [{ pattern: WITHOUT_SENTINELS }] });
 * ```
 */
export const WITHOUT_SENTINELS: string = JSON.stringify({
  dynamodb: { NewImage: isAbsent, OldImage: isAbsent },
});
