import { request } from 'node:http';
import { afterEach, describe, expect, test } from 'vitest';
import { callerArn } from '../../functions/aws/caller.ts';
import type { PageFiles } from '../../functions/console/api/page-files.ts';
import { documentOf } from '../../scripts/cli/documents/documents.ts';
import { createOut } from '../../scripts/cli/out.ts';
import { runConsole } from '../../scripts/console/run-console.ts';
import { type ConsoleServer, serveConsole } from '../../scripts/console/serve-console.ts';
import { listen, runInProcess } from '../cli/run-in-process.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { fakePorts } from '../support/fake-ports.ts';
import { startFakeSts } from '../support/fake-sts.ts';
import { until } from '../support/until.ts';

const subject = { name: 'ana', role: 'operator', verified: false } as const;

/** Sends a request with any Host, which fetch does not allow. */
const statusWith = (endpoint: string, path: string, headers: Readonly<Record<string, string>>) =>
  new Promise<number | undefined>((resolve, reject) => {
    request(`${endpoint}${path}`, { headers }, (response) => {
      response.resume();
      resolve(response.statusCode);
    })
      .on('error', reject)
      .end();
  });

describe('the console on loopback', () => {
  let served: ConsoleServer | undefined;
  afterEach(() => served?.stop());
  const serve = async (ports = fakePorts()) => {
    served = await serveConsole({ ports, subject });
    return { ...served, headers: { authorization: `Bearer ${served.token}` } };
  };

  test('answers a caller that has the link, and no other', async () => {
    const { endpoint, url, token, headers } = await serve();
    expect(url).toBe(`${endpoint}/#token=${token}`);
    expect(new URL(endpoint).hostname).toBe('127.0.0.1');
    const session = await fetch(`${endpoint}/api/session`, { headers });
    expect(await session.json()).toMatchObject({ subject });
    expect((await fetch(`${endpoint}/api/session`)).status).toBe(401);
    expect((await fetch(`${endpoint}/api/session?token=${token}`)).status).toBe(401);
  });

  test('does not answer a page whose name was made to resolve to loopback', async () => {
    const { endpoint, headers } = await serve();
    expect(await statusWith(endpoint, '/api/session', { ...headers, host: 'attacker.example' })).toBe(421);
    expect(await statusWith(endpoint, '/', { host: 'attacker.example' })).toBe(421);
  });

  test('shows the operations of the API while there is no page, and nothing of the deployment', async () => {
    const { endpoint } = await serve();
    const page = await (await fetch(endpoint)).text();
    expect(page).toContain('/api/migrations/{migrationId}/actions/{action}');
    expect(page).not.toContain('saas');
  });

  test('ends open streams when it stops', async () => {
    const clock = new FakeClock();
    clock.sleep = (_, signal) =>
      new Promise((_resolve, reject) => signal?.addEventListener('abort', () => reject(signal.reason)));
    const { endpoint, headers, stop } = await serve(fakePorts({}, clock));
    const response = await fetch(`${endpoint}/api/stream`, { headers });
    const reader = response.body?.getReader();
    const first = await reader?.read();
    expect(new TextDecoder().decode(first?.value)).toContain('event: live');
    await stop();
    await expect(reader?.read()).rejects.toThrow();
  });
});

test('the command prints the link and the subject, and ends on a signal', async () => {
  const [stdout, stderr] = [listen(), listen()];
  const out = createOut(documentOf, {}, { stdout: stdout.stream, stderr: stderr.stream });
  const controller = new AbortController();
  const ended = runConsole(out, { ports: fakePorts(), subject }, controller.signal);
  const printed = await until('the link', async () => stdout.text() || undefined);
  const { url, ...document } = JSON.parse(printed);
  expect(document).toMatchObject({ kind: 'console', ready: true, subject });
  const { origin, hash } = new URL(url);
  const headers = { authorization: `Bearer ${hash.replace('#token=', '')}` };
  expect((await fetch(`${origin}/api/queue`, { headers })).status).toBe(200);
  controller.abort();
  await ended;
  await expect(fetch(origin)).rejects.toThrow();
});

describe('the command without --json', () => {
  const page: PageFiles = new Map([
    ['index.html', { body: new TextEncoder().encode('<title>Tierferry</title>'), type: 'text/html' }],
  ]);
  const printed = async (given: { page?: PageFiles }) => {
    const [stdout, stderr] = [listen(), listen()];
    const out = createOut(undefined, {}, { stdout: stdout.stream, stderr: stderr.stream });
    const controller = new AbortController();
    const ended = runConsole(out, { ports: fakePorts(), subject, ...given }, controller.signal);
    const words = await until('the link', async () => stdout.text() || undefined);
    const link = /http:\S+/.exec(words)?.[0] ?? '';
    const shown = await (await fetch(link)).text();
    controller.abort();
    await ended;
    return { words, shown };
  };

  test('names the command to run if the page is not built, and shows the API', async () => {
    const { words, shown } = await printed({});
    expect(words).toContain("run 'npm run build:console'");
    expect(words).toContain('You are ana (unverified), with the role');
    expect(shown).toContain('/api/migrations');
  });

  test('shows the page if it is built', async () => {
    const { words, shown } = await printed({ page });
    expect(words).not.toContain('npm run');
    expect(shown).toBe('<title>Tierferry</title>');
  });
});

test.each([
  [['--role', 'root'], "--role must be viewer, operator or admin, not 'root'."],
  [['--port', 'x'], '--port must be a whole number from 0 to 65,535. Nothing was started.'],
])('an unknown option is refused: %s', async (args, words) => {
  const { code, stderr } = await runInProcess(fakePorts(), ['console', ...args]);
  expect(code).toBe(2);
  expect(stderr).toContain(words);
});

test('with credentials of AWS the subject is the caller that STS names', async () => {
  const sts = await startFakeSts();
  const credentials = { accessKeyId: 'ANA', secretAccessKey: 's' };
  try {
    const config = { endpoint: sts.endpoint, region: 'eu-west-1', credentials };
    expect(await callerArn(config)).toBe('arn:aws:sts::123456789012:assumed-role/operators/ana');
  } finally {
    await sts.stop();
  }
});
