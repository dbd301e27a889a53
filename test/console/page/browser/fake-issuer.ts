import { createHash, randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type LoopbackServer, listenOnLoopback } from '../../../../scripts/local/listen-on-loopback.ts';

/** An OpenID issuer on this machine with one user. It checks PKCE as a real one does. */
export interface FakeIssuer extends LoopbackServer {
  /** Tokens that are valid; the console checks them here. */
  readonly valid: Set<string>;
  /** Tokens that were issued for a refresh token. */
  readonly renewals: () => number;
  /** Ends the user's session: no token is valid any more, and none is renewed. */
  revoke(): void;
}

export interface IssuerSettings {
  readonly expiresInS?: number;
  /** The error that each authorization ends with. */
  readonly refuses?: string;
}

const bodyOf = async (request: IncomingMessage): Promise<URLSearchParams> => {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  return new URLSearchParams(text);
};

const CORS = { 'access-control-allow-origin': '*' };
const answer = (response: ServerResponse, status: number, content: unknown): void => {
  response.writeHead(status, { ...CORS, 'content-type': 'application/json' });
  response.end(JSON.stringify(content));
};

export const startFakeIssuer = async ({
  expiresInS = 3_600,
  refuses,
}: IssuerSettings = {}): Promise<FakeIssuer> => {
  const challenges = new Map<string, string>();
  const refreshTokens = new Set<string>();
  const valid = new Set<string>();
  let renewals = 0;
  let endpoint = '';

  const give = (response: ServerResponse) => {
    const [access, refresh] = [randomUUID(), randomUUID()];
    valid.add(access);
    refreshTokens.add(refresh);
    answer(response, 200, {
      ...{ access_token: access, refresh_token: refresh, token_type: 'Bearer', expires_in: expiresInS },
    });
  };
  const token = async (request: IncomingMessage, response: ServerResponse) => {
    const body = await bodyOf(request);
    if (body.get('grant_type') === 'refresh_token') {
      renewals += 1;
      return refreshTokens.delete(body.get('refresh_token') ?? '')
        ? give(response)
        : answer(response, 400, { error: 'invalid_grant' });
    }
    const challenge = createHash('sha256')
      .update(body.get('code_verifier') ?? '')
      .digest('base64url');
    const code = body.get('code') ?? '';
    const isRight = challenges.get(code) === challenge;
    challenges.delete(code);
    return isRight ? give(response) : answer(response, 400, { error: 'invalid_grant' });
  };
  const authorize = (query: URLSearchParams, response: ServerResponse) => {
    const redirectUri = new URL(query.get('redirect_uri') ?? '');
    redirectUri.searchParams.set('state', query.get('state') ?? '');
    const code = randomUUID();
    if (refuses === undefined) redirectUri.searchParams.set('code', code);
    else redirectUri.searchParams.set('error', refuses);
    challenges.set(code, query.get('code_challenge') ?? '');
    response.writeHead(302, { location: redirectUri.href }).end();
  };
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', endpoint);
    if (pathname === '/authorize') authorize(searchParams, response);
    else if (pathname === '/token') void token(request, response);
    else if (pathname === '/logout') response.writeHead(200).end('Signed out');
    else
      answer(response, 200, {
        issuer: endpoint,
        authorization_endpoint: `${endpoint}/authorize`,
        token_endpoint: `${endpoint}/token`,
        end_session_endpoint: `${endpoint}/logout`,
      });
  });
  const listening = await listenOnLoopback(server);
  endpoint = listening.endpoint;
  return {
    ...{ ...listening, valid, renewals: () => renewals },
    revoke: () => {
      valid.clear();
      refreshTokens.clear();
    },
  };
};
