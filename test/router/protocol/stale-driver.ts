import { createInterface } from 'node:readline';
import { DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { Command, type DriverEvent } from '../../../scripts/conformance/messages.ts';

/* A driver of a router with a flaw, which the live part must find: it reads the route once and uses it for ever. */

const client = new DynamoDBClient();
let routesTable = '';
let table: string | undefined;

const tableOf = async (tenant: string): Promise<string> => {
  if (table !== undefined) return table;
  const Key = { tenantId: { S: tenant } };
  const { Item } = await client.send(new GetItemCommand({ TableName: routesTable, Key }));
  table = Item?.table?.S ?? '';
  return table;
};

const answer = async (command: Command): Promise<DriverEvent[]> => {
  switch (command.do) {
    case 'hello':
      return [{ event: 'ready', router: 'stale', protocol: 1, features: [] }];
    case 'connect':
      routesTable = command.routesTable;
      return [];
    case 'put': {
      const Item = {
        tenantId: { S: command.tenant },
        entityKey: { S: command.key },
        n: { N: String(command.n) },
      };
      await client.send(new PutItemCommand({ TableName: await tableOf(command.tenant), Item }));
      return [{ event: 'done', result: String(command.n) }];
    }
    case 'get': {
      const Key = { tenantId: { S: command.tenant }, entityKey: { S: command.key } };
      const { Item } = await client.send(
        new GetItemCommand({ TableName: await tableOf(command.tenant), Key, ConsistentRead: true }),
      );
      return [{ event: 'done', result: Item?.n?.N ?? '0' }];
    }
    default:
      throw new Error(`${command.do} is no live command`);
  }
};

for await (const line of createInterface({ input: process.stdin }))
  process.stdout.write(`${JSON.stringify({ events: await answer(Command.parse(JSON.parse(line))) })}\n`);
