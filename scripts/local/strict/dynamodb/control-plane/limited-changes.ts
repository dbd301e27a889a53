import { type Rule, recordsIn, tableIn } from '../call.ts';
import type { DynamoDbSettings } from '../dynamodb-settings.ts';
import { ServiceException } from '../service-exception.ts';
import type { TableStates } from './table-states.ts';

const CHANGES = new Set(['CreateTable', 'UpdateTable', 'DeleteTable']);

/**
 * Limits how many tables may change at one time, and how many with indexes may be created. [LimitExceededException; Quotas
 * in Amazon DynamoDB]
 */
export const limitedChanges = (
  { tablesAtOnce, indexedTablesAtOnce }: Pick<DynamoDbSettings, 'tablesAtOnce' | 'indexedTablesAtOnce'>,
  tables: TableStates,
): Rule => {
  // requests that the engine has not answered yet are counted, too
  const running = new Map<symbol, boolean>();
  return async (call, send) => {
    const { operation, body } = call;
    if (!CHANGES.has(operation) || tables.of(tableIn(body)) !== undefined) return send(call);
    const changing = tables.inTransition();
    if (changing.length + running.size >= tablesAtOnce)
      throw tooMany(
        `Subscriber limit exceeded: there are ${tablesAtOnce} table operations in progress already`,
      );
    const creating = changing.filter(([, { status, hasIndexes }]) => status === 'CREATING' && hasIndexes);
    const started = [...running.values()].filter(Boolean).length;
    const isIndexed = operation === 'CreateTable' && hasIndexes(body);
    if (isIndexed && creating.length + started >= indexedTablesAtOnce)
      throw tooMany(
        `Subscriber limit exceeded: Only ${indexedTablesAtOnce} tables with secondary indexes can be created simultaneously`,
      );
    const id = Symbol(operation);
    running.set(id, isIndexed);
    try {
      return await send(call);
    } finally {
      running.delete(id);
    }
  };
};

const hasIndexes = (body: Parameters<typeof tableIn>[0]): boolean =>
  recordsIn(body, 'GlobalSecondaryIndexes').length > 0 || recordsIn(body, 'LocalSecondaryIndexes').length > 0;

const tooMany = (message: string): ServiceException =>
  new ServiceException('LimitExceededException', message);
