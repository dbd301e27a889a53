import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import * as z from 'zod';

/** A request as it was sent, with wire values such as `{ S: 'abc' }`. */
export interface SentRequest {
  /** Name of the operation, e.g. `GetItem`. */
  readonly operation: string;
  /** The request's body: `TableName`, `Key` and so on. */
  readonly input: Readonly<Record<string, unknown>>;
  /** Names of the tables that the request names. */
  readonly tables: readonly string[];
}

export interface FakeClientOptions {
  /**
   * Answers a request with its output as wire values, e.g. `{ Item: { name: { S: 'North' } } }`. Throw `awsError(...)` to fail as
   * DynamoDB does. Default: an empty output, as for a write, or a read that finds nothing.
   */
  readonly answer?: (request: SentRequest) => Readonly<Record<string, unknown>> | undefined;
}

/** A client of the SDK that sends nothing. */
export interface FakeClient {
  /** Pass it to `routedClient`, to `DynamoDBDocumentClient.from`, or to the application. */
  readonly client: DynamoDBClient;
  /** The requests so far, in the order in which they were sent. */
  readonly sent: readonly SentRequest[];
}

interface HttpRequest {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
}

/**
 * Creates a client for tests that need no DynamoDB: a `DynamoDBClient` whose requests pass through its middleware and are then
 * answered by a function. To keep items, use `startStack`.
 */
export const createFakeClient = ({ answer = () => undefined }: FakeClientOptions = {}): FakeClient => {
  const sent: SentRequest[] = [];
  const client = new DynamoDBClient({
    region: 'local',
    endpoint: 'http://localhost:1',
    credentials: { accessKeyId: 'fake', secretAccessKey: 'fake' },
    maxAttempts: 1,
    requestHandler: {
      handle: async (http: HttpRequest) => {
        const request = requestOf(http);
        sent.push(request);
        try {
          return { response: respond(200, answer(request) ?? {}) };
        } catch (error) {
          if (error instanceof AwsFailure) return { response: respond(400, error.body) };
          throw error;
        }
      },
      destroy: () => undefined,
    },
  });
  return { client, sent };
};

/** Returns an error as DynamoDB answers with one. @param name e.g. `ConditionalCheckFailedException` */
export const awsError = (
  name: string,
  message = name,
  fields: Readonly<Record<string, unknown>> = {},
): Error => new AwsFailure({ __type: `com.amazonaws.dynamodb.v20120810#${name}`, message, ...fields });

class AwsFailure extends Error {
  readonly body: Readonly<Record<string, unknown>>;

  constructor(body: Readonly<Record<string, unknown>>) {
    super('an error that DynamoDB answers with');
    this.body = body;
  }
}

const Body = z.record(z.string(), z.unknown());

const requestOf = ({ headers, body }: HttpRequest): SentRequest => {
  const operation = headers['x-amz-target']?.split('.')[1] ?? '';
  const text = typeof body === 'string' ? body : new TextDecoder().decode(body);
  const input = Body.parse(JSON.parse(text));
  return { operation, input, tables: [...new Set(tablesIn(input))] };
};

/** Returns the tables that a request names: by `TableName` at any depth, or as the keys of a batch's `RequestItems`. */
const tablesIn = (value: unknown): string[] => {
  if (Array.isArray(value)) return value.flatMap(tablesIn);
  const fields = Body.safeParse(value).data;
  if (!fields) return [];
  return Object.entries(fields).flatMap(([name, field]) => {
    if (name === 'TableName' && typeof field === 'string') return [field];
    return name === 'RequestItems' ? Object.keys(Body.safeParse(field).data ?? {}) : tablesIn(field);
  });
};

const respond = (statusCode: number, body: Readonly<Record<string, unknown>>) => ({
  statusCode,
  headers: { 'content-type': 'application/x-amz-json-1.0' },
  body: new TextEncoder().encode(JSON.stringify(body)),
});
