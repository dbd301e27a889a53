import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type { DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import * as z from 'zod';
import type { Call } from './plan.ts';

/** An answer of AWS that was an error. */
export interface Refusal {
  readonly call: Call;
  readonly error: string;
}

/** Services that say in a header which operation a request is: `DynamoDB_20120810.Query`. */
const SERVICES: Readonly<Record<string, string>> = {
  DynamoDB_20120810: 'dynamodb',
  AWSStepFunctions: 'states',
};
const ErrorBody = z.looseObject({ __type: z.string() });
const CLIENT_ERROR = 400;

/** A call that the plan does not list: the plan, and the permissions that it names, would be untrue. */
class UnplannedCall extends Error {
  override readonly name = 'UnplannedCall';
}

/**
 * An extension for clients of DynamoDB and Step Functions: refuses a call that is not in the plan, before it is sent, and
 * notes each error with which AWS answers.
 */
export const plannedCallsOnly = (planned: ReadonlySet<Call>, note: (refusal: Refusal) => void) =>
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
            // the body can be read once: the SDK gets it again
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

/** `com.amazonaws.dynamodb.v20120810#ResourceInUseException`, or only the name. */
const errorIn = (body: string, status: number): string => {
  try {
    return ErrorBody.parse(JSON.parse(body)).__type.split('#').at(-1) ?? '';
  } catch {
    return `HTTP ${status}`;
  }
};
