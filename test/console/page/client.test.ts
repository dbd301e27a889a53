import { describe, expect, test } from 'vitest';
import { createClient, urlOf } from '../../../functions/console/page/api/client.ts';
import { ApiError, isPassing, Unreachable, wordsOf } from '../../../functions/console/page/api/problem.ts';

interface SentRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
}

/** A client with answers that are given one after the other. */
const clientOver = (answers: readonly (Response | Error)[], tokens: readonly string[] = ['one']) => {
  const sent: SentRequest[] = [];
  const refused: string[] = [];
  const client = createClient({
    base: '/api/',
    tokens: {
      token: async () => tokens[Math.min(refused.length, tokens.length - 1)] ?? '',
      refuse: (token) => refused.push(token),
    },
    fetch: async (url, init) => {
      const headers = Object.fromEntries(new Headers(init?.headers).entries());
      sent.push({ url: String(url), headers, body: init?.body });
      const answer = answers[sent.length - 1];
      if (!answer) throw new Error('no answer is left');
      if (answer instanceof Error) throw answer;
      return answer;
    },
  });
  return { client, sent, refused };
};

const json = (content: unknown, init: ResponseInit = {}): Response =>
  new Response(JSON.stringify(content), init);
const problem = {
  type: 'x',
  title: 'Not possible now',
  status: 409,
  code: 'PlanExpired',
  detail: 'the plan is old',
};

describe('the client of the API', () => {
  test('an unchanged document is the same object, and is not sent again', async () => {
    const session = { deployment: 'saas' };
    const { client, sent } = clientOver([
      json(session, { headers: { etag: '"a"' } }),
      new Response(null, { status: 304 }),
    ]);
    const first = await client.get('/session', {});
    const second = await client.get('/session', {});
    expect(first).toEqual({ value: session, etag: '"a"' });
    expect(second).toBe(first);
    expect(sent.map(({ headers }) => headers['if-none-match'])).toEqual([undefined, '"a"']);
  });

  test('a session that ends in between loses no request: it is sent again, with the same key', async () => {
    const { client, sent, refused } = clientOver(
      [json({ code: 'NotSignedIn' }, { status: 401 }), json({ table: {} })],
      ['old', 'new'],
    );
    const args = {
      params: { table: 'basic.2' },
      body: { reason: 'to see' },
      idempotencyKey: 'key-1',
    } as const;
    expect(await client.post('/tables/{table}/reinstate', args)).toEqual({ table: {} });
    expect(refused).toEqual(['old']);
    expect(sent.map(({ headers }) => [headers.authorization, headers['idempotency-key']])).toEqual([
      ['Bearer old', 'key-1'],
      ['Bearer new', 'key-1'],
    ]);
  });

  test('a refusal is an error with its problem and its next action', async () => {
    const { client } = clientOver([json(problem, { status: 409 })]);
    const error = await client.get('/queue', {}).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ApiError);
    expect(wordsOf(error)).toEqual({
      title: 'Not possible now',
      detail: 'The plan is old.',
      nextStep: 'Plan again: a tenant changes all the while.',
    });
    expect(isPassing(error)).toBe(false);
  });

  test('a server that does not answer may have done the work: another try may use the same key', async () => {
    const { client } = clientOver([new TypeError('fetch failed'), new Response('<html>', { status: 502 })]);
    for (const kind of [Unreachable, ApiError]) {
      const error = await client.get('/queue', {}).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(kind);
      expect(isPassing(error)).toBe(true);
    }
  });

  test('values in an address are escaped, and an empty filter is omitted', () => {
    expect(urlOf('/tenants/{tenantId}', { params: { tenantId: 'a/b?c' } })).toBe('tenants/a%2Fb%3Fc');
    expect(urlOf('/tenants', { query: { search: 'x y', tier: '', near: 80, cursor: undefined } })).toBe(
      'tenants?search=x+y&near=80',
    );
  });
});
