import {
  type AttributeValue,
  DeleteItemCommand,
  DescribeTableCommand,
  DynamoDBClient,
  PutItemCommand,
  paginateScan,
} from '@aws-sdk/client-dynamodb';
import type { Stack } from '../../scripts/local/stack.ts';

type Raw = Record<string, AttributeValue>;

/** Copy of a table at one time, as a point-in-time restore returns it. */
export interface TableCopy {
  readonly table: string;
  readonly items: readonly Raw[];
}

export const withClient = async <T>(
  { client }: Pick<Stack, 'client'>,
  work: (client: DynamoDBClient) => Promise<T>,
): Promise<T> => {
  const dynamodb = new DynamoDBClient(client);
  try {
    return await work(dynamodb);
  } finally {
    dynamodb.destroy();
  }
};

const readAll = async (client: DynamoDBClient, TableName: string): Promise<Raw[]> => {
  const items: Raw[] = [];
  for await (const page of paginateScan({ client }, { TableName, ConsistentRead: true }))
    items.push(...(page.Items ?? []));
  return items;
};

export const copyTable = (stack: Pick<Stack, 'client'>, table: string): Promise<TableCopy> =>
  withClient(stack, async (client) => ({ table, items: await readAll(client, table) }));

/** Replaces the table's items with those of the copy. */
export const restoreTable = (stack: Pick<Stack, 'client'>, { table, items }: TableCopy): Promise<void> =>
  withClient(stack, async (client) => {
    const { Table } = await client.send(new DescribeTableCommand({ TableName: table }));
    const names = (Table?.KeySchema ?? []).map(({ AttributeName = '' }) => AttributeName);
    const keyOf = (item: Raw): Raw =>
      Object.fromEntries(names.flatMap((name) => (item[name] ? [[name, item[name]]] : [])));
    for (const item of await readAll(client, table))
      await client.send(new DeleteItemCommand({ TableName: table, Key: keyOf(item) }));
    for (const Item of items) await client.send(new PutItemCommand({ TableName: table, Item }));
  });
