import { Readable } from 'node:stream';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { TIMEOUTS } from '../../../../functions/aws/client.ts';
import type { Answer } from './call.ts';

type RequestHandler = DynamoDBClient['config']['requestHandler'];

/** The part of a request that the rules read. The SDK passes DynamoDB's bodies as text. */
interface SentRequest {
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

/**
 * A request handler by which SDK clients of this process reach the rules without a connection, which would take half of a
 * call's CPU time. Calls abort and time out like those over a connection: the engine may still carry them out.
 */
export const inProcess = (
  answer: (headers: Readonly<Record<string, string>>, body: string) => Promise<Answer>,
): RequestHandler => ({
  metadata: { handlerProtocol: 'http/1.1' },
  updateHttpClientConfig: () => {},
  httpHandlerConfigs: () => ({}),
  handle: async ({ headers, body = '' }: SentRequest, options) => {
    const abortSignal = signalIn(options);
    const { promise: given, reject } = Promise.withResolvers<never>();
    const abort = () => reject(named('AbortError', 'Request aborted'));
    const timer = setTimeout(
      () => reject(named('TimeoutError', `no answer within ${TIMEOUTS.requestTimeout} ms`)),
      TIMEOUTS.requestTimeout,
    );
    try {
      if (abortSignal?.aborted) throw named('AbortError', 'Request aborted');
      abortSignal?.addEventListener('abort', abort);
      const text = typeof body === 'string' ? body : Buffer.from(body).toString();
      const { status, text: answered } = await Promise.race([answer(headers, text), given]);
      return {
        response: {
          statusCode: status,
          headers: { 'content-type': 'application/x-amz-json-1.0' },
          body: Readable.from([answered]),
        },
      };
    } finally {
      clearTimeout(timer);
      abortSignal?.removeEventListener('abort', abort);
    }
  },
});

/** Returns the call's signal if it is the platform's. The SDK has signals of its own, which no client of ours passes. */
const signalIn = (options: object | undefined): AbortSignal | undefined =>
  options && 'abortSignal' in options && options.abortSignal instanceof AbortSignal
    ? options.abortSignal
    : undefined;

const named = (name: string, message: string): Error => Object.assign(new Error(message), { name });
