import { sendBatch } from './batches.ts';
import { OPERATIONS, type RequestRule, tablesOf } from './operations.ts';
import { type RoutingRequest, sendToTenant } from './routing-request.ts';
import { withoutSentinels } from './sentinels.ts';
import { sendStatement, sendStatementBatch, sendStatementTransaction } from './statements.ts';
import { sendTransaction } from './transactions.ts';
import { UnroutableRequest } from './unroutable-request.ts';

/**
 * Routes a request by its operation: to the live tables of its tenants, or as it is if it concerns no tenant. The
 * functions between `send` and the router's are not `async`: each `await` would add to the time of every request.
 * @throws UnroutableRequest if it cannot be routed, also before it returns. Nothing was sent.
 * @throws the errors of the router and of DynamoDB.
 */
export const routeRequest = (request: RoutingRequest): Promise<unknown> => {
  const handling = OPERATIONS.get(request.operation);
  if (!handling)
    throw new UnroutableRequest(
      request.operation,
      'unknown-command',
      'this version does not know the command, which may read or write items',
      'Send it by an unwrapped client if it does not, or update @tierferry/router. If a bundler shortens the names of classes, update the SDK.',
    );
  switch (handling.as) {
    case 'batch':
      return sendBatch(request, handling.access);
    case 'transaction':
      return sendTransaction(request, handling.access);
    case 'statement':
      return sendStatement(request);
    case 'statement-batch':
      return sendStatementBatch(request);
    case 'statement-transaction':
      return sendStatementTransaction(request);
    default:
      return routeOfOneTable(request, handling);
  }
};

type OfOneTable = Extract<
  RequestRule,
  { as: 'item' | 'query' | 'context' | 'scan' | 'table-change' | 'table-read' | 'passed-on' }
>;

const routeOfOneTable = (request: RoutingRequest, handling: OfOneTable): Promise<unknown> => {
  const { input, operation, names, tables } = request;
  const withTable = (TableName: string) => ({ ...input, TableName });
  switch (handling.as) {
    case 'item': {
      if (!tables.has(operation, input.TableName)) break;
      const tenantId = names.ofItem(operation, input[handling.tenantIn]);
      return sendToTenant(request, handling.access, tenantId, withTable);
    }
    case 'query': {
      if (!tables.has(operation, input.TableName)) break;
      return sendToTenant(request, 'read', names.ofQuery(operation, input), withTable).then((output) =>
        withoutSentinels(output, request.sortKey),
      );
    }
    case 'context':
      if (!tables.has(operation, input.TableName)) break;
      return sendToTenant(request, 'read', names.ofContext(operation), withTable);
    case 'scan':
      if (tables.has(operation, input.TableName)) throw refusedScan(operation);
      break;
    case 'table-change':
      if (tablesOf(input).some((table) => tables.isNamed(table))) throw refusedChange(operation);
      break;
    case 'table-read': {
      const tenantId = tables.isNamed(input.TableName) ? names.current() : undefined;
      if (tenantId) return sendToTenant(request, 'read', tenantId, withTable);
    }
  }
  return request.passOn(input);
};

const refusedScan = (operation: string) =>
  new UnroutableRequest(
    operation,
    'scan',
    'a scan reads the items of all tenants of a table, and the copies of tenants that are being moved',
    "Query the tenant's partition instead. To read a whole tier table, use an unwrapped client.",
  );

const refusedChange = (operation: string) =>
  new UnroutableRequest(
    operation,
    'table-change',
    "the name of the tenants' table stands for several tier tables, and the request would change one of them",
    'Use an unwrapped client, and name the tier table.',
  );
