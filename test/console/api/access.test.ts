import { describe, expect, test } from 'vitest';
import { localSubject, newLocalToken } from '../../../functions/console/api/access/local-token.ts';
import { actAfterPoll, consoleWorld, openMigration } from './console-world.ts';

describe('access to the API', () => {
  test('a request without a valid token gets no information', async () => {
    const { app } = consoleWorld();
    const response = await app.request('http://localhost/api/tenants', { headers: { host: 'localhost:1' } });
    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toBe('Bearer');
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    expect(await response.json()).toMatchObject({ code: 'NotSignedIn', status: 401 });
  });

  test('the tokens of two starts differ', async () => {
    const [token, other] = [newLocalToken(), newLocalToken()];
    const verify = localSubject(token, { name: 'ana', role: 'admin', verified: false });
    expect(await verify(`Bearer ${token}`)).toMatchObject({ name: 'ana' });
    for (const wrong of [undefined, '', token, `Basic ${token}`, `Bearer ${other}`, `Bearer ${token}x`])
      expect(await verify(wrong), String(wrong)).toBeUndefined();
  });

  test.each([
    ['another host', { host: 'attacker.example:8080' }, 421, 'ForeignHost'],
    ['a host that begins like loopback', { host: '127.0.0.1.attacker.example' }, 421, 'ForeignHost'],
    ['another page', { origin: 'http://attacker.example' }, 403, 'ForeignOrigin'],
    ['another port of this machine', { origin: 'http://localhost:9999' }, 403, 'ForeignOrigin'],
    ['an opaque origin', { origin: 'null' }, 403, 'ForeignOrigin'],
    ['another site, as the browser reports', { 'sec-fetch-site': 'cross-site' }, 403, 'ForeignOrigin'],
  ])('%s is refused on loopback, whatever its token', async (_, headers, status, code) => {
    const { call } = consoleWorld();
    expect((await call('/api/session', { headers: { ...headers } })).json).toMatchObject({ status, code });
  });

  test('the console itself is admitted by each name of loopback', async () => {
    const { call } = consoleWorld();
    for (const host of ['localhost:8080', '127.0.0.1:8080', '[::1]:8080']) {
      const headers = { host, origin: `http://${host}` };
      expect((await call('/api/session', { headers })).status, host).toBe(200);
    }
  });

  test('a form of another page cannot act, and no other page may read', async () => {
    const { app, call, ports } = consoleWorld();
    const { migrationId } = await openMigration(ports);
    const path = `/api/migrations/${migrationId}/actions/pause`;
    const headers = { 'content-type': 'text/plain', 'if-match': '*' };
    expect((await call(path, { body: { reason: 'x' }, headers })).json).toMatchObject({ code: 'NotJson' });
    const preflight = await app.request(`http://localhost${path}`, {
      method: 'OPTIONS',
      headers: { host: 'localhost', origin: 'http://localhost', 'access-control-request-method': 'POST' },
    });
    expect(preflight.ok).toBe(false);
    const read = await call('/api/session', { headers: { origin: 'http://localhost:8080' } });
    for (const { headers: sent } of [preflight, read])
      expect([...sent.keys()].filter((name) => name.startsWith('access-control'))).toEqual([]);
    expect((await ports.migrations.get(migrationId))?.paused).toBe(false);
  });

  test('a viewer may read, but change nothing', async () => {
    const world = consoleWorld();
    const { migrationId } = await openMigration(world.ports);
    const etag = (await world.call(`/api/migrations/${migrationId}/actions`)).headers.get('etag') ?? '';
    const refused = await world.call(`/api/migrations/${migrationId}/actions/pause`, {
      role: 'viewer',
      body: { reason: 'x' },
      headers: { 'if-match': etag },
    });
    expect(refused.json).toMatchObject({ status: 403, code: 'RoleMissing' });
    expect((await world.call(`/api/migrations/${migrationId}`, { role: 'viewer' })).status).toBe(200);
    expect((await world.ports.migrations.get(migrationId))?.paused).toBe(false);
  });

  test('every POST is refused to a viewer, and those about tables to an operator', async () => {
    const { call } = consoleWorld();
    const { paths } = (await call('/api/openapi.json')).json;
    const posts = Object.entries<object>(paths).filter(([, path]) => 'post' in path);
    expect(posts.length).toBeGreaterThan(5);
    for (const [path] of posts) {
      const to = path.replaceAll(/\{\w+\}/g, 'x');
      expect((await call(to, { role: 'viewer', body: {} })).status, path).toBe(403);
      const isForAdmins = /tables|doctor/.test(path);
      expect((await call(to, { role: 'operator', body: {} })).status === 403, path).toBe(isForAdmins);
    }
  });

  test('the audit trail has the subject of the token, not a name from the body', async () => {
    const world = consoleWorld();
    const { migrationId } = await openMigration(world.ports);
    const { status } = await actAfterPoll(world, migrationId, 'pause', {}, 'bea');
    expect(status).toBe(202);
    expect((await world.ports.migrations.events(migrationId)).at(-1)).toMatchObject({
      who: 'bea',
      reason: 'paused: to see',
    });
    const forged = await actAfterPoll(world, migrationId, 'resume', { by: 'bea' });
    expect(forged.json).toMatchObject({ status: 400, code: 'InvalidRequest' });
  });

  test('a subject that no authority has confirmed is unverified in the audit trail', async () => {
    const world = consoleWorld({}, { verified: false });
    const { migrationId } = await openMigration(world.ports);
    expect((await actAfterPoll(world, migrationId, 'pause', {}, 'bea')).status).toBe(202);
    expect((await world.ports.migrations.events(migrationId)).at(-1)).toMatchObject({
      who: 'bea (unverified)',
    });
  });

  test('a body of more than 64 KB is refused, also if its length is not declared', async () => {
    const { call, ports, app } = consoleWorld();
    const { migrationId } = await openMigration(ports);
    const path = `/api/migrations/${migrationId}/actions/pause`;
    const headers = { 'if-match': '*' };
    const reason = 'x'.repeat(64 * 1_024);
    expect((await call(path, { body: { reason }, headers })).json).toMatchObject({
      status: 413,
      code: 'TooLarge',
    });
    const parts = [`{"reason":"`, reason, `"}`].map((part) => new TextEncoder().encode(part));
    const streamed = await app.request(`http://localhost${path}`, {
      method: 'POST',
      headers: {
        ...{ host: 'localhost', authorization: 'Bearer ana.operator', 'content-type': 'application/json' },
        ...{ 'idempotency-key': 'streamed', ...headers },
      },
      body: ReadableStream.from(parts),
      duplex: 'half',
    });
    expect(await streamed.json()).toMatchObject({ status: 413, code: 'TooLarge' });
    expect((await ports.migrations.get(migrationId))?.paused).toBe(false);
  });

  test('no answer may be cached, read as another type, or framed', async () => {
    const { call } = consoleWorld();
    for (const path of ['/', '/api/session', '/api/tenants/none', '/nothing']) {
      const { headers } = await call(path);
      expect(headers.get('cache-control'), path).toBe('no-store');
      expect(headers.get('x-content-type-options'), path).toBe('nosniff');
      expect(headers.get('content-security-policy'), path).toContain("default-src 'none'");
    }
  });
});
