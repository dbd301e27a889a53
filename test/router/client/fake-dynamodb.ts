import { DynamoDBClient, type DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import * as z from 'zod';

/*
 * DynamoDB behind the SDK's own client: an HTTP handler that answers requests for routes from a map, and all others by a
 * function. So requests pass through the serialization, the middleware and the abort signals of the SDK.
 */

const Body = z.record(z.string(), z.unknown());
type Answer = Readonly<Record<string, unknown>>;

/** A request as it was sent. */
export interface SentRequest {
  readonly operation: string;
  readonly body: Answer;
}

export interface FakeRoute {
  readonly table: string;
  readonly writes?: 'open' | 'fenced';
  readonly leaseMs?: number;
}

interface HttpRequest {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
}

interface HandlerOptions {
  readonly abortSignal?: AbortSignal;
}

export class FakeDynamoDb {
  readonly routes = new Map<string, FakeRoute>([
    ['cedar-valley', { table: 'tier-basic' }],
    ['big-district', { table: 'tier-premium' }],
  ]);
  /** Requests other than those for routes. */
  readonly sent: SentRequest[] = [];
  readonly signals: (AbortSignal | undefined)[] = [];
  routesRead = 0;
  isDestroyed = false;
  /** Answers a request; to fail it as DynamoDB does, it throws `failure(...)`. */
  answer: (sent: SentRequest) => Answer | Promise<Answer> = () => ({});

  client(config: DynamoDBClientConfig = {}): DynamoDBClient {
    return new DynamoDBClient({ ...this.config(), ...config });
  }

  config(): DynamoDBClientConfig {
    return {
      region: 'eu-central-1',
      endpoint: 'http://localhost:1',
      credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
      maxAttempts: 1,
      requestHandler: {
        handle: (request: HttpRequest, options: HandlerOptions = {}) => this.#handle(request, options),
        destroy: () => {
          this.isDestroyed = true;
        },
      },
    };
  }

  async #handle(request: HttpRequest, { abortSignal }: HandlerOptions) {
    const operation = request.headers['x-amz-target']?.split('.')[1] ?? '';
    const body = Body.parse(
      JSON.parse(typeof request.body === 'string' ? request.body : new TextDecoder().decode(request.body)),
    );
    if (operation === 'GetItem' && body.TableName === 'saas-tenant-routes') {
      this.routesRead += 1;
      return { response: respond(200, this.#routeOf(body)) };
    }
    const sent = { operation, body };
    this.sent.push(sent);
    this.signals.push(abortSignal);
    try {
      return { response: respond(200, await this.answer(sent)) };
    } catch (error) {
      if (error instanceof Failure) return { response: respond(400, error.body) };
      throw error;
    }
  }

  #routeOf(body: Answer): Answer {
    const { tenantId } = z.object({ tenantId: z.object({ S: z.string() }) }).parse(body.Key);
    const route = this.routes.get(tenantId.S);
    if (!route) return {};
    const { table, writes = 'open', leaseMs = 30_000 } = route;
    return {
      Item: {
        table: { S: table },
        writes: { S: writes },
        leaseMs: { N: String(leaseMs) },
        epoch: { N: '1' },
      },
    };
  }
}

const respond = (statusCode: number, body: Answer) => ({
  statusCode,
  headers: { 'content-type': 'application/x-amz-json-1.0' },
  body: new TextEncoder().encode(JSON.stringify(body)),
});

class Failure extends Error {
  readonly body: Answer;
  constructor(body: Answer) {
    super('a failure of DynamoDB');
    this.body = body;
  }
}

/** An error that DynamoDB answers with. */
export const failure = (name: string, body: Answer = {}): Error =>
  new Failure({ __type: `com.amazonaws.dynamodb.v20120810#${name}`, message: name, ...body });
