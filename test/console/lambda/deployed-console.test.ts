import { describe, expect, test } from 'vitest';
import { epochMs } from '../../../functions/migration/names.ts';
import { parseConsole } from '../../../functions/migration/settings/config.ts';
import { tokenOf } from '../api/tokens.ts';
import { CONSOLE, deployedWorld } from './deployed-world.ts';

describe('a deployed console', () => {
  test('accepts a token of the issuer, and nothing else', async () => {
    const { call } = deployedWorld();
    expect(await (await call('/api/session')).json()).toMatchObject({
      subject: { name: 'u-1', role: 'operator', verified: true },
    });
    expect((await call('/api/session', '')).status).toBe(401);
    expect((await call('/api/session', tokenOf({ aud: 'shop' }))).status).toBe(401);
    expect((await call(`/api/session?access_token=${tokenOf({})}`, '')).status).toBe(401);
    const cookie = { headers: { cookie: `token=${tokenOf({})}` } };
    expect((await call('/api/session', '', cookie)).status).toBe(401);
  });

  test('tells the page how to sign in, before it has a token', async () => {
    const { call } = deployedWorld({ origins: ['https://login.example'] });
    expect(await (await call('/api/sign-in', '')).json()).toEqual({
      kind: 'oidc',
      issuer: 'https://issuer.example',
      clientId: 'console',
      scope: 'openid',
      origins: ['https://login.example'],
    });
  });

  test('serves the page without a token, and allows it requests to itself and the issuer only', async () => {
    const { call } = deployedWorld({ origins: ['https://login.example'] });
    for (const path of ['/', '/tenants/cedar', '/assets/a-1.js']) {
      const { status, headers } = await call(path, '');
      expect(status, path).toBe(200);
      const policy = headers.get('content-security-policy') ?? '';
      expect(policy).toContain("connect-src 'self' https://issuer.example https://login.example;");
      expect(policy).toContain("script-src 'self';");
      expect(policy).not.toContain('unsafe');
    }
    expect((await call('/assets/b-2.js', '')).status, 'a missing script is not the page').toBe(404);
  });

  test('is served by https only, and allows no page of another origin to read', async () => {
    const { call } = deployedWorld();
    const origin = { headers: { origin: 'https://attacker.example' } };
    for (const path of ['/', '/api/session', '/api/none']) {
      const { headers } = await call(path, tokenOf({}), origin);
      expect(headers.get('strict-transport-security'), path).toMatch(/^max-age=/);
      expect([...headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([]);
    }
    const preflight = await call('/api/plans', '', { method: 'OPTIONS', ...origin });
    expect(preflight.ok).toBe(false);
    expect(preflight.headers.has('access-control-allow-origin')).toBe(false);
  });

  test('logs neither tokens nor queries, whatever fails', async () => {
    const { call, ports, logged } = deployedWorld();
    ports.registry.tenantsIn = async () => {
      throw new TypeError('the secret');
    };
    const token = tokenOf({});
    expect((await call('/api/tenants?search=Cedar+Valley', token)).status).toBe(500);
    expect((await call('/api/session', `${token}x`)).status).toBe(401);
    expect(logged).toEqual(['[{"error":"TypeError"},"a request of the console failed"]']);
  });

  test('ends a stream when its token expires', async () => {
    const { call, ports } = deployedWorld();
    const startedAt = ports.clock.now();
    const exp = Math.floor(Date.now() / 1_000) + 60;
    // the verifier uses the machine's time
    ports.clock.now = () => epochMs(startedAt + ports.clock.monotonic());
    const left = exp * 1_000 - ports.clock.now();
    ports.clock.advance(left - 120_000);
    const before = ports.clock.monotonic();
    const text = await (await call('/api/stream', tokenOf({ exp }))).text();
    expect(text).toMatch(/event: end\n/);
    expect(ports.clock.monotonic() - before).toBeGreaterThanOrEqual(120_000);
    expect(ports.clock.monotonic() - before).toBeLessThan(14 * 60_000);
  });

  test('opens no stream without a token, whatever event was seen last', async () => {
    const { call, app } = deployedWorld();
    const headers = { 'last-event-id': '1767225600000~abc' };
    for (const path of ['/api/stream', '/api/stream?migration=mig-1']) {
      expect((await call(path, '', { headers })).status, path).toBe(401);
      expect((await call(path, tokenOf({ groups: [] }), { headers })).status, path).toBe(401);
    }
    expect((await app.request('https://api.example/api/stream')).status).toBe(401);
  });
});

test.each([
  ['an issuer without https', { issuer: 'http://issuer.example' }, /https/],
  ['one group for two roles', { groups: { viewer: 'all', operator: 'all' } }, /a group of its own/],
  ['an origin with a path', { origins: ['https://login.example/oauth2'] }, /an origin/],
  ['a path without a slash', { basePath: 'console' }, /slash/],
  ['an unknown field', { audience: 'x' }, /audience/],
])('%s is refused', (_, given, says) => {
  expect(() => parseConsole({ ...CONSOLE, ...given })).toThrow(says);
});

test('omitted options have their defaults', () => {
  expect(parseConsole({ issuer: 'https://issuer.example', clientId: 'console' })).toEqual({
    issuer: 'https://issuer.example',
    clientId: 'console',
    groups: { viewer: 'tierferry-viewer', operator: 'tierferry-operator', admin: 'tierferry-admin' },
    groupsClaim: 'cognito:groups',
    scope: 'openid',
    origins: [],
    basePath: '/console/',
  });
});
