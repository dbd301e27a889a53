import { awaitParts } from './await-parts.ts';
import type { Access } from './operations.ts';
import { type Fields, fieldsOf, listOf, textOf } from './records.ts';
import { type RoutingRequest, sendToTenant } from './routing-request.ts';
import { withoutSentinels } from './sentinels.ts';
import { parseStatement } from './statement.ts';
import { UnroutableRequest } from './unroutable-request.ts';

/** A statement with its parameters, as one of a batch or a transaction, or alone. */
interface RoutedStatement {
  readonly access: Access;
  /** Undefined if its table is not the tenants'. */
  readonly tenantId: string | undefined;
  /** The caller's name of the table. */
  readonly name: string;
  /** Returns the statement with the live table, and everything else as given. */
  withTable(table: string): Fields;
}

/** Sends an ExecuteStatement. @throws UnroutableRequest before anything is sent. */
export const sendStatement = async (request: RoutingRequest): Promise<unknown> => {
  const { access, tenantId, withTable } = routedStatement(request, request.input);
  if (tenantId === undefined) return await request.passOn(request.input);
  const output = await sendToTenant(request, access, tenantId, withTable);
  return access === 'read' ? withoutSentinels(output, request.sortKey) : output;
};

/** Sends an ExecuteTransaction under the leases of all its tenants. @throws UnroutableRequest before anything is sent. */
export const sendStatementTransaction = async (request: RoutingRequest): Promise<unknown> => {
  const { input, signal } = request;
  const statements = listOf(input.TransactStatements).map((one) => routedStatement(request, fieldsOf(one)));
  const tenants = statements.flatMap(({ tenantId }) => (tenantId === undefined ? [] : [tenantId]));
  if (tenants.length === 0) return await request.passOn(input);
  const access = statements.every((one) => one.access === 'read') ? 'read' : 'write';
  return await request.leases.run({ access, tenants, signal }, (leased) => {
    const TransactStatements = statements.map(({ tenantId, name, withTable }) =>
      withTable(tenantId === undefined ? name : leased.tableOf(tenantId)),
    );
    return request.send({ ...input, TransactStatements }, leased);
  });
};

/** One response of a BatchExecuteStatement. */
type StatementResponse = Fields;

/**
 * Sends a BatchExecuteStatement: each tenant's statements in a batch of their own, under its lease. The responses are in
 * the order of the statements. A statement that was not processed has the error `ThrottlingError`.
 * @throws UnroutableRequest before anything is sent.
 */
export const sendStatementBatch = async (request: RoutingRequest): Promise<unknown> => {
  const statements = listOf(request.input.Statements).map((one) => routedStatement(request, fieldsOf(one)));
  if (statements.every(({ tenantId }) => tenantId === undefined)) return await request.passOn(request.input);
  const parts = [...Map.groupBy(statements, ({ tenantId }) => tenantId)];
  const outputs = await awaitParts(
    parts,
    ([tenantId, own]) => sendPart(request, tenantId, own),
    ([, own], error) => ({
      Responses: own.map(({ name: TableName }) => ({
        TableName,
        Error: { Code: 'ThrottlingError', Message: error.message },
      })),
    }),
  );
  const byStatement = new Map<RoutedStatement, StatementResponse>();
  for (const [i, [, own]] of parts.entries())
    for (const [n, one] of own.entries()) byStatement.set(one, fieldsOf(listOf(outputs[i]?.Responses)[n]));
  const consumed = outputs.flatMap((output) => listOf(output.ConsumedCapacity));
  const answer = {
    ...outputs.find((output) => '$metadata' in output),
    Responses: statements.map((one) => byStatement.get(one)),
  };
  return consumed.length > 0 ? { ...answer, ConsumedCapacity: consumed } : answer;
};

const sendPart = async (
  request: RoutingRequest,
  tenantId: string | undefined,
  own: readonly RoutedStatement[],
): Promise<Fields> => {
  const inputFor = (table?: string) => ({
    ...request.input,
    Statements: own.map(({ name, withTable }) => withTable(table ?? name)),
  });
  if (tenantId === undefined) return fieldsOf(await request.passOn(inputFor()));
  // a batch holds reads or writes only
  const access = own.every((one) => one.access === 'read') ? 'read' : 'write';
  const output = fieldsOf(await sendToTenant(request, access, tenantId, inputFor));
  const Responses = listOf(output.Responses).map((response, i) =>
    'TableName' in fieldsOf(response) ? { ...fieldsOf(response), TableName: own[i]?.name } : response,
  );
  return { ...output, Responses };
};

/** @throws UnroutableRequest if the statement cannot be parsed, or names no tenant. */
const routedStatement = ({ operation, names, tables }: RoutingRequest, given: Fields): RoutedStatement => {
  const statement = parseStatement(textOf(given.Statement) ?? '');
  if (!statement)
    throw new UnroutableRequest(
      operation,
      'statement',
      'the statement is not a SELECT, INSERT, UPDATE, DELETE or EXISTS of one table',
      'Use one of these forms, or the operations for items.',
    );
  const { access, table: name, index } = statement;
  if (!tables.has(operation, name)) return { access, tenantId: undefined, name, withTable: () => given };
  return {
    access,
    tenantId: names.ofStatement(operation, index, (attribute) =>
      statement.requiredValue(attribute, listOf(given.Parameters)),
    ),
    name,
    withTable: (table) => ({ ...given, Statement: statement.withTable(table) }),
  };
};
