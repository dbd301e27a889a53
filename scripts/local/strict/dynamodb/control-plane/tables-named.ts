import { type Call, recordIn, recordsIn, tableIn, tableNamed, textIn } from '../call.ts';

/** Operations on items. */
const OF_ONE_TABLE = new Set(['GetItem', 'PutItem', 'UpdateItem', 'DeleteItem', 'Query', 'Scan']);
const BATCHES = new Set(['BatchGetItem', 'BatchWriteItem']);
const TRANSACTIONS = new Set(['TransactGetItems', 'TransactWriteItems']);

/** Returns the tables whose items a call reads or writes; none for a call of the control plane. Does not parse PartiQL. */
export const tablesWithItems = ({ operation, body }: Call): string[] => {
  if (OF_ONE_TABLE.has(operation)) return [tableIn(body)];
  if (BATCHES.has(operation)) return Object.keys(recordIn(body, 'RequestItems')).map(tableNamed);
  if (!TRANSACTIONS.has(operation)) return [];
  return recordsIn(body, 'TransactItems').flatMap((action) =>
    Object.keys(action).flatMap((kind) => {
      const name = textIn(recordIn(action, kind), 'TableName');
      return name === undefined ? [] : [tableNamed(name)];
    }),
  );
};
