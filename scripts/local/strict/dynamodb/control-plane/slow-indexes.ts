import {
  type Answer,
  answerOf,
  type Body,
  bodyOf,
  isDone,
  type Rule,
  recordIn,
  recordsIn,
  tableIn,
  textIn,
} from '../call.ts';
import type { DynamoDbSettings } from '../dynamodb-settings.ts';
import { ServiceException } from '../service-exception.ts';
import type { TableStates } from './table-states.ts';

/**
 * Makes indexes take time. A new one is CREATING while its table is UPDATING and then while it is filled, and cannot be
 * read. A deleted one is DELETING while its table is UPDATING. [Managing global secondary indexes, Phases of index creation]
 */
export const slowIndexes = (
  { tableUpdateMs, indexBackfillMs }: Pick<DynamoDbSettings, 'tableUpdateMs' | 'indexBackfillMs'>,
  tables: TableStates,
): Rule => {
  const update: Rule = async (call, send) => {
    const table = tableIn(call.body);
    const updates = recordsIn(call.body, 'GlobalSecondaryIndexUpdates');
    if (
      updates.length > 0 &&
      [...tables.indexesOf(table).values()].some(({ status }) => status === 'CREATING')
    )
      throw new ServiceException(
        'LimitExceededException',
        'Subscriber limit exceeded: Only 1 online index can be created simultaneously per table',
      );
    const before = await send({ operation: 'DescribeTable', body: { TableName: table } });
    const answer = await send(call);
    if (!isDone(answer)) return answer;
    const allocated = tables.now() + tableUpdateMs;
    for (const one of updates) {
      const created = textIn(recordIn(one, 'Create'), 'IndexName');
      if (created !== undefined)
        tables.beginIndex(table, created, {
          status: 'CREATING',
          allocated,
          until: allocated + indexBackfillMs,
          description: {},
        });
      const deleted = textIn(recordIn(one, 'Delete'), 'IndexName');
      if (deleted !== undefined)
        tables.beginIndex(table, deleted, {
          status: 'DELETING',
          allocated,
          until: allocated,
          description: indexNamed(bodyOf(before), deleted),
        });
    }
    return withIndexStates(answer, 'TableDescription', table, tables);
  };
  return async (call, send) => {
    const { operation, body } = call;
    const table = tableIn(body);
    switch (operation) {
      case 'UpdateTable':
        return update(call, send);
      case 'DescribeTable':
        return withIndexStates(await send(call), 'Table', table, tables);
      case 'Query':
      case 'Scan': {
        const index = textIn(body, 'IndexName') ?? '';
        if (tables.indexesOf(table).get(index)?.status === 'CREATING')
          throw new ServiceException(
            'ValidationException',
            `Cannot read from backfilling global secondary index: ${index}`,
          );
        return send(call);
      }
      default:
        return send(call);
    }
  };
};

const indexNamed = (described: Body, name: string): Body =>
  recordsIn(recordIn(described, 'Table'), 'GlobalSecondaryIndexes').find(
    ({ IndexName }) => IndexName === name,
  ) ?? {};

const withIndexStates = (answer: Answer, field: string, table: string, tables: TableStates): Answer => {
  const states = tables.indexesOf(table);
  if (states.size === 0 || !isDone(answer)) return answer;
  const body = bodyOf(answer);
  const description = recordIn(body, field);
  const left = recordsIn(description, 'GlobalSecondaryIndexes');
  const deleting = [...states.values()].flatMap(({ status, description: last }) =>
    status === 'DELETING' ? [{ ...last, IndexStatus: status }] : [],
  );
  const GlobalSecondaryIndexes = left.map((index) => {
    const state = states.get(textIn(index, 'IndexName') ?? '');
    if (state?.status !== 'CREATING') return index;
    return { ...index, IndexStatus: 'CREATING', Backfilling: state.allocated <= tables.now() };
  });
  return answerOf({
    ...body,
    [field]: { ...description, GlobalSecondaryIndexes: [...GlobalSecondaryIndexes, ...deleting] },
  });
};
