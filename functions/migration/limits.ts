/**
 * Every AWS limit that a design choice relies on, with the page that states it. Pages are named as in the AWS
 * documentation.
 */

/**
 * Time after signing for which a signed request is accepted, in ms. "In most cases" 5 minutes [IAM User Guide, Why
 * requests are signed]; rejections by DynamoDB have named 5 minutes as well as 15 (aws-sdk-js-v3#7605,
 * aws-sdk-js#2565).
 */
export const SIGNATURE_LIFE_MS = 15 * 60_000;
/** Maximum number of items in one BatchWriteItem call. [DynamoDB API reference, BatchWriteItem] */
export const BATCH_WRITE_ITEMS = 25;
/** Maximum number of bytes in one BatchWriteItem request, as sent. [DynamoDB API reference, BatchWriteItem] */
export const BATCH_WRITE_BYTES = 16 * 1024 * 1024;
/**
 * Maximum number of statements in one BatchExecuteStatement call. [Running batch operations with PartiQL for DynamoDB]
 */
export const BATCH_STATEMENTS = 25;
/** Maximum number of keys in one BatchGetItem call. [DynamoDB API reference, BatchGetItem] */
export const BATCH_GET_KEYS = 100;
/** Maximum number of bytes of an item, names and values. [Service quotas in DynamoDB, Items] */
export const ITEM_BYTES = 400 * 1024;
/** Maximum number of bytes that a Query page reads, before filters. [DynamoDB API reference, Query] */
export const QUERY_PAGE_BYTES = 1024 * 1024;
/** Bytes that one read unit covers. [Read and write operations] */
export const READ_UNIT_BYTES = 4 * 1024;
/** Bytes that one write unit covers. [Read and write operations] */
export const WRITE_UNIT_BYTES = 1024;
/** Maximum number of write units per second of one partition. [Best practices for partition keys] */
export const PARTITION_WRITE_UNITS_PER_SECOND = 1_000;
/** Maximum number of read units per second of one partition. [Best practices for partition keys] */
export const PARTITION_READ_UNITS_PER_SECOND = 3_000;
/** Read and write units per second that a new on-demand table serves at once. [Warm throughput scenarios] */
export const NEW_TABLE_UNITS_PER_SECOND = { read: 12_000, write: 4_000 } as const;
/**
 * Maximum number of bytes of an item collection if the table has a local secondary index. [Local secondary indexes]
 */
export const LSI_COLLECTION_BYTES = 10 * 1024 * 1024 * 1024;
/** Time for which a stream keeps a record, in ms. [Change data capture for DynamoDB Streams] */
export const STREAM_HORIZON_MS = 24 * 60 * 60_000;
/** Maximum number of characters of a table name; the minimum is 3. [Naming rules and data types] */
export const TABLE_NAME_CHARACTERS = 255;
/** Maximum number of characters of an index name; the minimum is 3. [Naming rules and data types] */
export const INDEX_NAME_CHARACTERS = 255;
/** Maximum number of characters of a backup name; the minimum is 3. [DynamoDB API reference, CreateBackup] */
export const BACKUP_NAME_CHARACTERS = 255;
/** Maximum number of bytes of a partition key value. [Service quotas in DynamoDB, Partition key length] */
export const PARTITION_KEY_BYTES = 2_048;
/** Maximum number of bytes of a sort key value. [Service quotas in DynamoDB, Sort key length] */
export const SORT_KEY_BYTES = 1_024;
/**
 * Maximum number of partitions of one tenant. Each is a value of an IN in a filter, which has at most 100 [DynamoDB
 * developer guide, Comparison operator and function reference]. Each is also a value in the policies of the tenants' roles,
 * whose inline policies have at most 10,240 characters together [IAM and STS quotas].
 */
export const TENANT_PARTITIONS = 100;
/**
 * Maximum number of global secondary indexes per table, by default. [Service quotas in DynamoDB, Secondary indexes]
 */
export const GLOBAL_SECONDARY_INDEXES = 20;
/** Maximum number of bytes of a state's input or output. [Step Functions service quotas] */
export const STATE_PAYLOAD_BYTES = 262_144;
/** Maximum number of events in the history of a Standard execution. [Step Functions service quotas] */
export const EXECUTION_HISTORY_EVENTS = 25_000;
/** Maximum duration of a Standard execution, in ms. [Step Functions service quotas] */
const EXECUTION_MS = 365 * 24 * 60 * 60_000;
/**
 * Maximum hold, in ms. The execution that waits for the end of the hold also moves the tenant before it and removes the
 * source after it.
 */
export const MAX_HOLD_MS = EXECUTION_MS - 65 * 24 * 60 * 60_000;
/** Maximum number of characters of an execution's name. [Step Functions API reference, StartExecution] */
export const EXECUTION_NAME_CHARACTERS = 80;
/** Maximum number of entries in one PutEvents request. [EventBridge API reference, PutEvents] */
export const PUT_EVENTS_ENTRIES = 10;
/** Maximum duration of a Lambda invocation, in seconds. [Lambda quotas] */
export const LAMBDA_SECONDS = 900;
/** Longest streamed response of API Gateway, in ms. [API Gateway developer guide, Stream the integration response] */
export const API_STREAM_MS = 15 * 60_000;
/** Longest silence in a streamed response of a regional API, in ms. [API Gateway developer guide, Stream the integration response] */
export const API_STREAM_IDLE_MS = 5 * 60_000;
/** Maximum number of characters of a tag's key, and of its value. [DynamoDB developer guide, Tagging restrictions] */
export const TAG_KEY_CHARACTERS = 128;
export const TAG_VALUE_CHARACTERS = 256;
/** Maximum number of tags per table. [DynamoDB developer guide, Tagging restrictions] */
export const TAGS = 50;
