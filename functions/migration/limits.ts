/**
 * Every AWS limit that a design choice leans on, with the page it comes from.
 * Pages are named as in the AWS documentation; the values are AWS's, not ours.
 */

/**
 * How long after its signature's time a signed request is accepted, in ms. "In most cases" 5 minutes [IAM User Guide, Why
 * requests are signed]; DynamoDB's own refusals have named 5 minutes as well as 15 (aws-sdk-js-v3#7605, aws-sdk-js#2565).
 */
export const SIGNATURE_LIFE_MS = 15 * 60_000;
/** Items in one BatchWriteItem call. [DynamoDB API reference, BatchWriteItem] */
export const BATCH_WRITE_ITEMS = 25;
/** Bytes in one BatchWriteItem request, as sent. [DynamoDB API reference, BatchWriteItem] */
export const BATCH_WRITE_BYTES = 16 * 1024 * 1024;
/** Statements in one BatchExecuteStatement call. [Running batch operations with PartiQL for DynamoDB] */
export const BATCH_STATEMENTS = 25;
/** Keys in one BatchGetItem call. [DynamoDB API reference, BatchGetItem] */
export const BATCH_GET_KEYS = 100;
/** Bytes of one item, names and values. [Service quotas in DynamoDB, Items] */
export const ITEM_BYTES = 400 * 1024;
/** Bytes a Query page reads before filters. [DynamoDB API reference, Query] */
export const QUERY_PAGE_BYTES = 1024 * 1024;
/** Bytes that one read unit covers. [Read and write operations] */
export const READ_UNIT_BYTES = 4 * 1024;
/** Bytes that one write unit covers. [Read and write operations] */
export const WRITE_UNIT_BYTES = 1024;
/** Write units a second that one partition takes. [Best practices for partition keys] */
export const PARTITION_WRITE_UNITS_PER_SECOND = 1_000;
/** Read units a second that one partition gives. [Best practices for partition keys] */
export const PARTITION_READ_UNITS_PER_SECOND = 3_000;
/** Read and write units a second that a new on-demand table takes at once. [Warm throughput scenarios] */
export const NEW_TABLE_UNITS_PER_SECOND = { read: 12_000, write: 4_000 } as const;
/** Bytes at which an item collection ends when the table has a local secondary index. [Local secondary indexes] */
export const LSI_COLLECTION_BYTES = 10 * 1024 * 1024 * 1024;
/** How long a stream keeps a record, in ms. [Change data capture for DynamoDB Streams] */
export const STREAM_HORIZON_MS = 24 * 60 * 60_000;
/** Characters of a table name, from 3. [Naming rules and data types] */
export const TABLE_NAME_CHARACTERS = 255;
/** Characters of an index's name, from 3. [Naming rules and data types] */
export const INDEX_NAME_CHARACTERS = 255;
/** Characters of a backup's name, from 3. [DynamoDB API reference, CreateBackup] */
export const BACKUP_NAME_CHARACTERS = 255;
/** Bytes of a partition key value. [Service quotas in DynamoDB, Partition key length] */
export const PARTITION_KEY_BYTES = 2_048;
/** Bytes of a sort key value. [Service quotas in DynamoDB, Sort key length] */
export const SORT_KEY_BYTES = 1_024;
/** Global secondary indexes of a table, by default. [Service quotas in DynamoDB, Secondary indexes] */
export const GLOBAL_SECONDARY_INDEXES = 20;
/** Bytes of input or output of a state. [Step Functions service quotas] */
export const STATE_PAYLOAD_BYTES = 262_144;
/** Events in the history of a Standard execution. [Step Functions service quotas] */
export const EXECUTION_HISTORY_EVENTS = 25_000;
/** Longest run of a Standard execution, in ms. [Step Functions service quotas] */
const EXECUTION_MS = 365 * 24 * 60 * 60_000;
/**
 * Longest time for which a source may be kept, in ms: the execution that waits for the hold's end also moves the tenant before it, and
 * removes the source after it.
 */
export const MAX_HOLD_MS = EXECUTION_MS - 65 * 24 * 60 * 60_000;
/** Characters of an execution's name. [Step Functions API reference, StartExecution] */
export const EXECUTION_NAME_CHARACTERS = 80;
/** Entries of one PutEvents request. [EventBridge API reference, PutEvents] */
export const PUT_EVENTS_ENTRIES = 10;
/** Seconds after which Lambda ends a function. [Lambda quotas] */
export const LAMBDA_SECONDS = 900;
/** Longest streamed response of API Gateway, in ms. [API Gateway developer guide, Stream the integration response] */
export const API_STREAM_MS = 15 * 60_000;
/** Longest silence in a streamed response of a regional API, in ms. [API Gateway developer guide, Stream the integration response] */
export const API_STREAM_IDLE_MS = 5 * 60_000;
/** Characters of a tag's key, and of its value. [DynamoDB developer guide, Tagging restrictions] */
export const TAG_KEY_CHARACTERS = 128;
export const TAG_VALUE_CHARACTERS = 256;
/** Tags of a table. [DynamoDB developer guide, Tagging restrictions] */
export const TAGS = 50;
