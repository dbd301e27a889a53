import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliCompressSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { SignIn } from '../../../functions/console/api/answers.ts';
import { createConsole } from '../../../functions/console/api/create-console.ts';
import { readPage } from '../../../functions/console/api/page-files.ts';
import { fakePorts } from '../../support/fake-ports.ts';

const INDEX = '<!doctype html><base href="/" /><div id="page"></div>';

describe('the built page', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'page-'));
    mkdirSync(join(folder, 'assets'));
    writeFileSync(join(folder, 'index.html'), INDEX);
    writeFileSync(join(folder, 'manifest.json'), '{}');
    writeFileSync(join(folder, 'assets/index-abc.js'), 'run();');
    writeFileSync(join(folder, 'assets/index-abc.js.br'), brotliCompressSync('run();'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const serve = ({ basePath, signIn }: { basePath?: string; signIn?: SignIn } = {}) => {
    const page = readPage(folder, basePath);
    const app = createConsole({
      ports: fakePorts(),
      verify: async () => undefined,
      isOnLoopback: false,
      page,
      signIn,
    });
    return (path: string, headers: Readonly<Record<string, string>> = {}) =>
      app.request(`http://console.example${path}`, { headers });
  };

  test('is served for every view, since each view is a link, with a policy that allows its own scripts only', async () => {
    const get = serve();
    for (const path of ['/', '/tenants/cedar-valley', '/migrations/mig-1/report']) {
      const response = await get(path);
      expect([response.status, response.headers.get('cache-control')]).toEqual([200, 'no-cache']);
      expect(await response.text()).toBe(INDEX);
      const policy = response.headers.get('content-security-policy') ?? '';
      expect(policy).toContain("script-src 'self';");
      expect(policy).toContain("connect-src 'self';");
      expect(policy).not.toContain('unsafe');
      expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    }
  });

  test('a file with a hash in its name is kept by browsers, compressed for those that take it', async () => {
    const get = serve();
    const plain = await get('/assets/index-abc.js');
    expect(await plain.text()).toBe('run();');
    expect(plain.headers.get('cache-control')).toContain('immutable');
    const compressed = await get('/assets/index-abc.js', { 'accept-encoding': 'gzip, br' });
    expect(compressed.headers.get('content-encoding')).toBe('br');
    expect(compressed.headers.get('content-type')).toContain('text/javascript');
  });

  test('is no answer to the API, to a missing script, or to a path outside of its folder', async () => {
    const get = serve();
    expect((await get('/api/queue')).status).toBe(401);
    expect((await get('/api/nothing')).status).toBe(401);
    expect((await get('/assets/index-old.js')).status).toBe(404);
    expect(await (await get('/..%2f..%2fetc/passwd')).text()).toBe(INDEX);
    expect(await (await get('/manifest.json')).text()).toBe(INDEX);
  });

  test('knows the path under which it is served', async () => {
    const response = await serve({ basePath: '/prod/' })('/');
    expect(await response.text()).toContain('<base href="/prod/"');
  });

  test('learns how to sign in without a token, and may ask the issuer only', async () => {
    const signIn: SignIn = {
      kind: 'oidc',
      issuer: 'https://issuer.example/pool',
      clientId: 'console',
      scope: 'openid',
      origins: ['https://login.example'],
    };
    const get = serve({ signIn });
    expect(await (await get('/api/sign-in')).json()).toEqual(signIn);
    const policy = (await get('/')).headers.get('content-security-policy');
    expect(policy).toContain("connect-src 'self' https://issuer.example https://login.example;");
  });

  test('that has not been built is undefined', () => {
    expect(readPage(join(folder, 'assets'))).toBeUndefined();
  });
});
