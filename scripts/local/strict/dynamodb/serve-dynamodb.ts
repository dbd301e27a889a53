import { randomUUID } from 'node:crypto';
import { Agent, createServer, type IncomingHttpHeaders, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { type LoopbackServer, listenOnLoopback } from '../../listen-on-loopback.ts';
import { type Answer, type Call, isRecord, type Send } from './call.ts';
import { inProcess } from './in-process.ts';
import { refusalAnswer, ServiceException } from './service-exception.ts';

/** [DynamoDB low-level API, Request format] */
const TARGET = 'DynamoDB_20120810.';

export interface DynamoDbServer extends LoopbackServer {
  /** For clients of this process: reaches the same rules without a connection. */
  readonly requestHandler: ReturnType<typeof inProcess>;
}

/**
 * Serves the DynamoDB API on loopback in front of an engine, so that the rules apply to every client, also those of other
 * processes. Calls of DynamoDB Streams pass through unchanged.
 * @param ruled wraps the function that sends calls to the engine. It is called once for each access key, since an engine
 * may keep a database for each.
 * @param port absent or 0 for a free one.
 */
export const serveDynamoDb = async (
  engine: string,
  ruled: (send: Send) => Send,
  port = 0,
): Promise<DynamoDbServer> => {
  const agent = new Agent({ keepAlive: true });
  const sends = new Map<string, Send>();
  const sendFor = (headers: IncomingHttpHeaders): Send => {
    const key = /Credential=([^/]+)/.exec(headers.authorization ?? '')?.[1] ?? '';
    const known = sends.get(key);
    if (known) return known;
    const send = ruled(({ operation, body, text: given }) =>
      forward(engine, agent, asTarget(headers, `${TARGET}${operation}`), given ?? JSON.stringify(body)),
    );
    sends.set(key, send);
    return send;
  };
  const answer = async (headers: IncomingHttpHeaders, given: string): Promise<Answer> => {
    const target = String(headers['x-amz-target'] ?? '');
    if (!target.startsWith(TARGET)) return forward(engine, agent, asTarget(headers, target), given);
    try {
      return await sendFor(headers)(callOf(target.slice(TARGET.length), given));
    } catch (error) {
      if (error instanceof ServiceException) return refusalAnswer(error);
      throw error;
    }
  };
  const server = createServer((incoming, outgoing) => {
    text(incoming)
      .then((given) => answer(incoming.headers, given))
      .then(
        ({ status, text: body }) => {
          outgoing
            .writeHead(status, {
              'Content-Type': 'application/x-amz-json-1.0',
              'Content-Length': Buffer.byteLength(body),
              'x-amzn-RequestId': randomUUID(),
            })
            .end(body);
        },
        // break the connection, as the engine would, so that the client tries again
        (error: unknown) => outgoing.destroy(error instanceof Error ? error : undefined),
      );
  });
  // keep connections open: closing one just as a client uses it again would be a failure that engines do not have
  server.keepAliveTimeout = 0;
  const { endpoint, stop } = await listenOnLoopback(server, port);
  return {
    endpoint,
    requestHandler: inProcess(answer),
    stop: async () => {
      await stop();
      agent.destroy();
    },
  };
};

const callOf = (operation: string, given: string): Call => {
  try {
    const body: unknown = JSON.parse(given || '{}');
    if (isRecord(body)) return { operation, body, text: given };
  } catch {
    // the text is not JSON
  }
  throw new ServiceException('SerializationException', 'the request is not a JSON object');
};

/** Returns the headers of a call. Engines read the access key and do not check the signature. */
const asTarget = (
  { authorization = '', 'x-amz-date': date = '' }: IncomingHttpHeaders,
  target: string,
): Record<string, string> => ({
  'Content-Type': 'application/x-amz-json-1.0',
  'X-Amz-Target': target,
  'X-Amz-Date': String(date),
  Authorization: authorization,
});

const forward = (
  engine: string,
  agent: Agent,
  headers: Record<string, string>,
  body: string,
): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const length = Buffer.byteLength(body);
    const call = request(
      engine,
      { method: 'POST', agent, headers: { ...headers, 'Content-Length': length } },
      (response) => {
        text(response).then(
          (answered) => resolve({ status: response.statusCode ?? 500, text: answered }),
          reject,
        );
      },
    );
    call.on('error', reject);
    call.end(body);
  });
