import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type { DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import * as z from 'zod';
import type { Call } from './plan.ts';

/** A call that AWS answered with an error. */
export interface DeniedCall {
  readonly call: Call;
  readonly error: string;
}

/** Services whose requests name their operation in a header: `DynamoDB_20120810.Query`. */
const SERVICES: Readonly<Record<string, string>> = {
  DynamoDB_20120810: 'dynamodb',
  AWSStepFunctions: 'states',
};
const ErrorBody = z.looseObject({ __type: z.string() });
const CLIENT_ERROR = 400;

/** A call is not in the plan, so the plan and its permissions are incomplete. */
class UnplannedCall extends Error {
  override readonly name = 'UnplannedCall';
}

/**
 * Returns an extension for clients of DynamoDB and Step Functions. It refuses a call that is not in the plan before it is
 * sent, and notes each error of AWS.
 */
export const plannedCallsOnly = (planned: ReadonlySet<Call>, note: (refusal: DeniedCall) => void) =>
  ({
    extensions: [
      {
        configure: (config) => {
          const handler = config.httpHandler();
          const send = handler.handle.bind(handler);
          handler.handle = async (request, options) => {
            const call = callOf(request.headers['x-amz-target']);
            if (!planned.has(call))
              throw new UnplannedCall(`${call} is not in the plan of this run. It was not sent.`);
            const answer = await send(request, options);
            if (answer.response.statusCode < CLIENT_ERROR) return answer;
            // the body can be read only once, so it is replaced for the SDK
            const body = await buffer(answer.response.body);
            answer.response.body = Readable.from([body]);
            note({ call, error: errorIn(body.toString(), answer.response.statusCode) });
            return answer;
          };
        },
      },
    ],
  }) satisfies Pick<DynamoDBClientConfig, 'extensions'>;

const callOf = (target = ''): Call => {
  const [service = '', operation = ''] = target.split('.');
  return `${SERVICES[service] ?? service}:${operation}`;
};

/** Returns the name of an error, without the prefix in `com.amazonaws.dynamodb.v20120810#ResourceInUseException`. */
const errorIn = (body: string, status: number): string => {
  try {
    return ErrorBody.parse(JSON.parse(body)).__type.split('#').at(-1) ?? '';
  } catch {
    return `HTTP ${status}`;
  }
};
