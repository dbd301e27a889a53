import { createHash } from 'node:crypto';
import type { Context } from 'hono';
import type { Ports } from '../../../migration/ports.ts';
import type { EarlierRequest } from '../../../migration/requests/idempotent-requests-port.ts';
import type { Subject } from '../access/subject.ts';
import { ApiProblem, problemOf } from './problem.ts';

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

const MAX_KEY = 255;

/**
 * Does the work of a request once for its key, however often it is sent: the answer is saved and given again, also if it
 * is a refusal. A failure that passes by itself is not saved. Should the console die in between, the next try does the
 * work again after a while; the work's own conditions make that safe.
 * [IETF draft, The Idempotency-Key HTTP header field]
 * @throws ApiProblem if the key is missing, was used for another request, or its first try is under way.
 */
export const once = async (
  context: Context,
  ports: Ports,
  header: string,
  { name }: Subject,
  work: () => Promise<Answer>,
): Promise<Answer> => {
  const key = context.req.header(header);
  if (key === undefined || key.length === 0 || key.length > MAX_KEY)
    throw new ApiProblem(
      400,
      'IdempotencyKeyMissing',
      `send ${header}: 1 to ${MAX_KEY} characters, the same for every attempt of one request. Nothing was changed`,
    );
  const { method, path } = context.req;
  const id = hashOf([name, key]);
  const request = hashOf([method, path, context.req.header('if-match'), await context.req.text()]);
  const earlier = await ports.requests.begin(id, request, ports.clock.now());
  if (earlier) return answerOf(earlier, request, header);
  const answer = await work().catch(async (error: unknown): Promise<Answer> => {
    const { status, body } = problemOf(error);
    if (status < 500) return { status, body };
    await ports.requests.forget(id, request);
    throw error;
  });
  await ports.requests.finish(id, request, { status: answer.status, body: JSON.stringify(answer.body) });
  return answer;
};

const answerOf = ({ request, answer }: EarlierRequest, wanted: string, header: string): Answer => {
  if (request !== wanted)
    throw new ApiProblem(
      422,
      'IdempotencyKeyReused',
      `this ${header} was used for another request. Nothing was changed; send a new key`,
    );
  if (!answer) throw new ApiProblem(409, 'RequestUnderWay', 'the same request is still being carried out');
  return { status: answer.status, body: JSON.parse(answer.body) };
};

const hashOf = (parts: readonly unknown[]): string =>
  createHash('sha256').update(JSON.stringify(parts)).digest('base64url');
