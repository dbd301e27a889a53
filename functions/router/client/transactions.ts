import { renameTable } from './batches.ts';
import type { Access } from './operations.ts';
import { type Fields, fieldsOf, listOf } from './records.ts';
import type { RoutingRequest } from './routing-request.ts';

/** One action of a transaction. */
interface Action {
  /** Undefined if its table is not the tenants'. */
  readonly tenantId: string | undefined;
  readonly name: string;
  /** Returns the action with the live table. */
  withTable(table: string): unknown;
}

/**
 * Sends a TransactGetItems or TransactWriteItems as a whole, under the leases of all its tenants.
 * @throws UnroutableRequest before anything is sent.
 * @throws TenantLeaseExpired, TenantWriteNotSent, and the errors of the router and of DynamoDB.
 */
export const sendTransaction = async (request: RoutingRequest, access: Access): Promise<unknown> => {
  const { input } = request;
  const actions = listOf(input.TransactItems).map((item) => actionOf(request, item));
  const tenants = actions.flatMap(({ tenantId }) => (tenantId === undefined ? [] : [tenantId]));
  if (tenants.length === 0) return await request.passOn(input);
  const { signal } = request;
  return await request.leases.run({ access, tenants, signal }, async (leased) => {
    const liveOf = ({ tenantId, name }: Action) => (tenantId === undefined ? name : leased.tableOf(tenantId));
    const TransactItems = actions.map((action) => action.withTable(liveOf(action)));
    const output = fieldsOf(await request.send({ ...input, TransactItems }, leased));
    return actions.reduce<Fields>((renamed, one) => {
      const live = liveOf(one);
      return live === one.name ? renamed : renameTable(renamed, live, one.name);
    }, output);
  });
};

/** Reads an action: `{ Put: { TableName, Item, ... } }`, and likewise Get, Update, Delete, ConditionCheck. */
const actionOf = ({ operation, names, tables }: RoutingRequest, item: unknown): Action => {
  const [[verb, given] = ['', undefined]] = Object.entries(fieldsOf(item)).filter(
    ([, value]) => value !== undefined,
  );
  const action = fieldsOf(given);
  const { TableName: name } = action;
  if (!tables.has(operation, name))
    return { tenantId: undefined, name: typeof name === 'string' ? name : '', withTable: () => item };
  return {
    tenantId: names.ofItem(operation, action.Item ?? action.Key),
    name,
    withTable: (table) => ({ [verb]: { ...action, TableName: table } }),
  };
};
