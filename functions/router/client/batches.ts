import { awaitParts } from './await-parts.ts';
import type { Access } from './operations.ts';
import { type Fields, fieldsOf, isFields, listOf } from './records.ts';
import { type RoutingRequest, sendToTenant } from './routing-request.ts';

/** The part of a batch for one tenant, under one name of the tenants' table; or for all tables that are not the tenants'. */
interface Part {
  readonly tenantId: string | undefined;
  readonly requestItems: Fields;
}

/** Fields of an output that are keyed by the table's name. */
const KEYED_BY_TABLE = ['Responses', 'UnprocessedKeys', 'UnprocessedItems', 'ItemCollectionMetrics'] as const;

/**
 * Sends a BatchGetItem or BatchWriteItem: each tenant's part to its live table, under a lease of its own. The output is
 * that of one batch, under the caller's names of the table.
 * @throws UnroutableRequest before anything is sent.
 * @throws the error of a part; like any batch, it may have written other items then.
 */
export const sendBatch = async (request: RoutingRequest, access: Access): Promise<unknown> => {
  const parts = splitBatch(request, access);
  const outputs = await awaitParts(
    parts,
    (part) => sendPart(request, access, part),
    ({ requestItems }) => ({
      [access === 'read' ? 'UnprocessedKeys' : 'UnprocessedItems']: requestItems,
    }),
  );
  return outputs.length === 1 ? outputs[0] : joinOutputs(outputs);
};

const sendPart = async (
  request: RoutingRequest,
  access: Access,
  { tenantId, requestItems }: Part,
): Promise<Fields> => {
  const inputOf = (items: Fields) => ({ ...request.input, RequestItems: items });
  if (tenantId === undefined) return fieldsOf(await request.passOn(inputOf(requestItems)));
  const [[name, items] = ['', undefined]] = Object.entries(requestItems);
  let live = name;
  const output = await sendToTenant(request, access, tenantId, (table) => {
    live = table;
    return inputOf({ [table]: items });
  });
  return renameTable(fieldsOf(output), live, name);
};

const splitBatch = (request: RoutingRequest, access: Access): readonly Part[] => {
  const parts: Part[] = [];
  const others: Record<string, unknown> = {};
  for (const [name, items] of Object.entries(fieldsOf(request.input.RequestItems))) {
    if (!request.tables.has(request.operation, name)) {
      others[name] = items;
      continue;
    }
    const requests = listOf(access === 'read' ? fieldsOf(items).Keys : items);
    const byTenant = Map.groupBy(requests, (one) =>
      request.names.ofItem(request.operation, access === 'read' ? one : writtenItem(one)),
    );
    for (const [tenantId, own] of byTenant) {
      const value = access === 'read' ? { ...fieldsOf(items), Keys: own } : own;
      parts.push({ tenantId, requestItems: { [name]: value } });
    }
  }
  if (parts.length === 0 || Object.keys(others).length > 0)
    parts.push({ tenantId: undefined, requestItems: others });
  return parts;
};

/** Returns the item of a put, or the key of a delete. */
const writtenItem = (writeRequest: unknown): unknown => {
  const { PutRequest, DeleteRequest } = fieldsOf(writeRequest);
  return fieldsOf(PutRequest).Item ?? fieldsOf(DeleteRequest).Key;
};

/** Returns the output with the caller's name in place of the live table's. `ConsumedCapacity` keeps the table's own name. */
export const renameTable = (output: Fields, live: string, name: string): Fields => {
  const renamed: Record<string, unknown> = { ...output };
  for (const field of KEYED_BY_TABLE) {
    const byTable = output[field];
    if (!isFields(byTable) || !(live in byTable)) continue;
    const { [live]: value, ...rest } = byTable;
    renamed[field] = { ...rest, [name]: joinValues(rest[name], value) };
  }
  return renamed;
};

const joinOutputs = (outputs: readonly Fields[]): Fields => {
  const joined: Record<string, unknown> = { ...outputs.find((output) => '$metadata' in output) };
  for (const field of KEYED_BY_TABLE) {
    const tables: Record<string, unknown> = {};
    const given = outputs.filter((output) => isFields(output[field]));
    for (const output of given)
      for (const [name, value] of Object.entries(fieldsOf(output[field])))
        tables[name] = joinValues(tables[name], value);
    if (given.length > 0) joined[field] = tables;
  }
  const consumed = outputs.flatMap((output) => listOf(output.ConsumedCapacity));
  return consumed.length > 0 ? { ...joined, ConsumedCapacity: consumed } : joined;
};

/** Joins what two parts say of one table: two lists, or two reads with their keys. */
const joinValues = (one: unknown, other: unknown): unknown => {
  if (one === undefined) return other;
  if (Array.isArray(one)) return [...one, ...listOf(other)];
  const [first, second] = [fieldsOf(one), fieldsOf(other)];
  return { ...first, ...second, Keys: [...listOf(first.Keys), ...listOf(second.Keys)] };
};
