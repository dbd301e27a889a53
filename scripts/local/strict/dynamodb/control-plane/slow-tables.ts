import {
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
import { ServiceException, tableInUse } from '../service-exception.ts';
import type { TableStates } from './table-states.ts';
import { tablesWithItems } from './tables-named.ts';

type Settings = Pick<DynamoDbSettings, 'tableCreateMs' | 'tableUpdateMs' | 'tableDeleteMs'>;

const BEING = { CREATING: 'created', UPDATING: 'updated', DELETING: 'deleted' };
/** Operations that a table in transition refuses. [UpdateTable, UpdateTimeToLive, TagResource: errors] */
const CHANGES = new Set(['UpdateTable', 'UpdateTimeToLive', 'TagResource', 'UntagResource']);

/**
 * Makes changes of tables take time. A table is CREATING, without items yet, UPDATING or DELETING, and refuses other changes.
 * [CreateTable, UpdateTable, DeleteTable, DescribeTable]
 */
export const slowTables = (settings: Settings, tables: TableStates): Rule => {
  const begin = async (
    { status, ms }: { readonly status: 'CREATING' | 'UPDATING' | 'DELETING'; readonly ms: number },
    call: Parameters<Rule>[0],
    send: Parameters<Rule>[1],
  ) => {
    const answer = await send(call);
    if (!isDone(answer)) return answer;
    const description = recordIn(bodyOf(answer), 'TableDescription');
    tables.begin(tableIn(call.body), ms, { status, hasIndexes: hasIndexes(description), description });
    return answerOf({ TableDescription: inState(description, status) });
  };
  return async (call, send) => {
    const { operation, body } = call;
    const table = tableIn(body);
    const state = tables.of(table);
    if (state && CHANGES.has(operation)) throw tableInUse(table, BEING[state.status]);
    switch (operation) {
      case 'CreateTable':
        if (state) throw new ServiceException('ResourceInUseException', `Table already exists: ${table}`);
        return begin({ status: 'CREATING', ms: settings.tableCreateMs }, call, send);
      case 'UpdateTable':
        return begin({ status: 'UPDATING', ms: settings.tableUpdateMs }, call, send);
      case 'DeleteTable':
        // deleting a table that is DELETING is not an error [DeleteTable]
        if (state?.status === 'DELETING')
          return answerOf({ TableDescription: inState(state.description, state.status) });
        if (state) throw tableInUse(table, BEING[state.status]);
        return begin({ status: 'DELETING', ms: settings.tableDeleteMs }, call, send);
      case 'DescribeTable': {
        if (state?.status === 'DELETING')
          return answerOf({ Table: inState(state.description, state.status) });
        const answer = await send(call);
        if (!state || !isDone(answer)) return answer;
        return answerOf({ Table: inState(recordIn(bodyOf(answer), 'Table'), state.status) });
      }
      case 'ListTables':
        return withDeleting(await send(call), body, tables);
      default:
        for (const named of tablesWithItems(call)) {
          const itsState = tables.of(named);
          // the engine does not have a table that is DELETING, and refuses the call itself
          if (itsState?.status === 'CREATING')
            throw new ServiceException('ResourceNotFoundException', 'Requested resource not found');
        }
        return send(call);
    }
  };
};

const hasIndexes = (description: Body): boolean =>
  recordsIn(description, 'GlobalSecondaryIndexes').length > 0 ||
  recordsIn(description, 'LocalSecondaryIndexes').length > 0;

/** Sets the status. The indexes of a table that is CREATING or DELETING have the same status. */
const inState = (description: Body, status: string): Body => {
  const indexes = recordsIn(description, 'GlobalSecondaryIndexes');
  if (status === 'UPDATING' || indexes.length === 0) return { ...description, TableStatus: status };
  return {
    ...description,
    TableStatus: status,
    GlobalSecondaryIndexes: indexes.map((index) => ({ ...index, IndexStatus: status })),
  };
};

/** Adds the tables that are DELETING: a table is listed until it has been deleted. */
const withDeleting = (
  answer: Awaited<ReturnType<Rule>>,
  request: Body,
  tables: TableStates,
): Awaited<ReturnType<Rule>> => {
  const deleting = tables
    .inTransition()
    .flatMap(([name, { status }]) => (status === 'DELETING' ? [name] : []));
  if (!isDone(answer) || deleting.length === 0) return answer;
  const body = bodyOf(answer);
  const listed = Array.isArray(body.TableNames) ? body.TableNames.map(String) : [];
  const after = textIn(request, 'ExclusiveStartTableName') ?? '';
  const last = textIn(body, 'LastEvaluatedTableName');
  const added = deleting.filter(
    (name) => name > after && (last === undefined || name < last) && !listed.includes(name),
  );
  return answerOf({ ...body, TableNames: [...listed, ...added].sort() });
};
