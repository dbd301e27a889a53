/** The kind of access to items. A write waits for a fence; a read does not. */
export type Access = 'read' | 'write';

/** The way in which a routed client handles an operation of DynamoDB. */
export type RequestRule =
  /** One item, whose `Key` or `Item` names the tenant. */
  | { readonly as: 'item'; readonly access: Access; readonly tenantIn: 'Key' | 'Item' }
  /** The key condition names the tenant. */
  | { readonly as: 'query' }
  /** The request cannot name a tenant: the context does. */
  | { readonly as: 'context' }
  /** Split by tenant, each part with its own lease. */
  | { readonly as: 'batch'; readonly access: Access }
  /** Sent as a whole, with the leases of all its tenants. */
  | { readonly as: 'transaction'; readonly access: Access }
  /** PartiQL. */
  | { readonly as: 'statement' | 'statement-batch' | 'statement-transaction' }
  /** Refused for the tenants' table, and passed on for other tables. */
  | { readonly as: 'scan' | 'table-change' }
  /** Read from the current tenant's live table if there is a current tenant; passed on otherwise. */
  | { readonly as: 'table-read' }
  /** Passed on: it names no table, or only reads settings. */
  | { readonly as: 'passed-on' };

const read = (as: 'batch' | 'transaction'): RequestRule => ({ as, access: 'read' });
const write = (as: 'batch' | 'transaction'): RequestRule => ({ as, access: 'write' });
const TABLE_CHANGE: RequestRule = { as: 'table-change' };
const TABLE_READ: RequestRule = { as: 'table-read' };
const PASSED_ON: RequestRule = { as: 'passed-on' };

/**
 * Every operation of DynamoDB. A test compares this table with the commands that the SDK exports. An operation that is
 * missing here is refused, since a new one may read or write items.
 */
export const OPERATIONS: ReadonlyMap<string, RequestRule> = new Map<string, RequestRule>([
  ['GetItem', { as: 'item', access: 'read', tenantIn: 'Key' }],
  ['PutItem', { as: 'item', access: 'write', tenantIn: 'Item' }],
  ['UpdateItem', { as: 'item', access: 'write', tenantIn: 'Key' }],
  ['DeleteItem', { as: 'item', access: 'write', tenantIn: 'Key' }],
  ['Query', { as: 'query' }],
  ['SearchVectors', { as: 'context' }],
  ['BatchGetItem', read('batch')],
  ['BatchWriteItem', write('batch')],
  ['TransactGetItems', read('transaction')],
  ['TransactWriteItems', write('transaction')],
  ['ExecuteStatement', { as: 'statement' }],
  ['BatchExecuteStatement', { as: 'statement-batch' }],
  ['ExecuteTransaction', { as: 'statement-transaction' }],
  ['Scan', { as: 'scan' }],

  ['CreateBackup', TABLE_CHANGE],
  ['CreateGlobalTable', TABLE_CHANGE],
  ['CreateTable', TABLE_CHANGE],
  ['DeleteResourcePolicy', TABLE_CHANGE],
  ['DeleteTable', TABLE_CHANGE],
  ['DisableKinesisStreamingDestination', TABLE_CHANGE],
  ['EnableKinesisStreamingDestination', TABLE_CHANGE],
  ['ExportTableToPointInTime', TABLE_CHANGE],
  ['ImportTable', TABLE_CHANGE],
  ['PutResourcePolicy', TABLE_CHANGE],
  ['RestoreTableFromBackup', TABLE_CHANGE],
  ['RestoreTableToPointInTime', TABLE_CHANGE],
  ['StartBulkPutItems', TABLE_CHANGE],
  ['TagResource', TABLE_CHANGE],
  ['UntagResource', TABLE_CHANGE],
  ['UpdateContinuousBackups', TABLE_CHANGE],
  ['UpdateContributorInsights', TABLE_CHANGE],
  ['UpdateGlobalTable', TABLE_CHANGE],
  ['UpdateGlobalTableSettings', TABLE_CHANGE],
  ['UpdateKinesisStreamingDestination', TABLE_CHANGE],
  ['UpdateTable', TABLE_CHANGE],
  ['UpdateTableReplicaAutoScaling', TABLE_CHANGE],
  ['UpdateTimeToLive', TABLE_CHANGE],

  ['DescribeTable', TABLE_READ],
  ['DescribeTimeToLive', TABLE_READ],

  ['CancelBulkOperation', PASSED_ON],
  ['DeleteBackup', PASSED_ON],
  ['DescribeBackup', PASSED_ON],
  ['DescribeBulkOperation', PASSED_ON],
  ['DescribeContinuousBackups', PASSED_ON],
  ['DescribeContributorInsights', PASSED_ON],
  ['DescribeEndpoints', PASSED_ON],
  ['DescribeExport', PASSED_ON],
  ['DescribeGlobalTable', PASSED_ON],
  ['DescribeGlobalTableSettings', PASSED_ON],
  ['DescribeImport', PASSED_ON],
  ['DescribeKinesisStreamingDestination', PASSED_ON],
  ['DescribeLimits', PASSED_ON],
  ['DescribeTableReplicaAutoScaling', PASSED_ON],
  ['GetResourcePolicy', PASSED_ON],
  ['ListBackups', PASSED_ON],
  ['ListBulkOperations', PASSED_ON],
  ['ListContributorInsights', PASSED_ON],
  ['ListExports', PASSED_ON],
  ['ListGlobalTables', PASSED_ON],
  ['ListImports', PASSED_ON],
  ['ListTables', PASSED_ON],
  ['ListTagsOfResource', PASSED_ON],
]);

/** Fields of a request that may name a table, or its ARN. */
const TABLE_FIELDS = [
  'TableName',
  'TableArn',
  'ResourceArn',
  'GlobalTableName',
  'SourceTableName',
  'SourceTableArn',
  'TargetTableName',
] as const;

/** Returns every table that a request of a whole table names. */
export const tablesOf = (input: Readonly<Record<string, unknown>>): readonly unknown[] => {
  const created = input.TableCreationParameters;
  const named = TABLE_FIELDS.map((field) => input[field]);
  return typeof created === 'object' && created !== null && 'TableName' in created
    ? [...named, created.TableName]
    : named;
};
