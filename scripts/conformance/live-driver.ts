import { DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { TenantRouter } from '../../functions/router/tenant-router.ts';
import { factsOf } from './error-facts.ts';
import type { Answer, DriverEvent, LiveCommand } from './messages.ts';

/** Drives Tierferry's own router with real clocks and the SDK, whose environment names the endpoint. */
export class LiveDriver {
  readonly #client = new DynamoDBClient();
  #router: TenantRouter | undefined;

  async exchange(command: LiveCommand): Promise<Answer> {
    if (command.do === 'connect') {
      const { routesTable, maxWriteWaitMs } = command;
      this.#router = new TenantRouter({ client: this.#client, routesTable, maxWriteWaitMs });
      return { events: [] };
    }
    return { events: [await this.#run(command)] };
  }

  async #run(command: Exclude<LiveCommand, { do: 'connect' }>): Promise<DriverEvent> {
    if (!this.#router) throw new Error('the first live command is connect');
    const { tenant } = command;
    const key = { tenantId: { S: tenant }, entityKey: { S: command.key } };
    try {
      if (command.do === 'put') {
        const Item = { ...key, n: { N: String(command.n) } };
        await this.#router.write(tenant, (TableName, { signal: abortSignal }) =>
          this.#client.send(new PutItemCommand({ TableName, Item }), { abortSignal }),
        );
        return { event: 'done', result: String(command.n) };
      }
      const { Item } = await this.#router.read(tenant, (TableName, { signal: abortSignal }) =>
        this.#client.send(new GetItemCommand({ TableName, Key: key, ConsistentRead: true }), { abortSignal }),
      );
      return { event: 'done', result: Item?.n?.N ?? '0' };
    } catch (error) {
      return { event: 'failed', ...factsOf(error) };
    }
  }
}
