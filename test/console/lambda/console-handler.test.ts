import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { consoleHandler, streamedHandler } from '../../../functions/console/lambda/console-handler.ts';
import { parseConsole } from '../../../functions/migration/settings/config.ts';
import { AnswerStream, addLambdaStreaming } from '../../support/lambda-streaming.ts';
import { tokenOf } from '../api/tokens.ts';
import { CONSOLE, deployedWorld } from './deployed-world.ts';

const folder = mkdtempSync(join(tmpdir(), 'tierferry-console-handler-'));
const names = ['TIERFERRY_CONSOLE', 'TIERFERRY_SETTINGS', 'AWS_REGION'];
const before = names.map((name) => process.env[name]);

beforeAll(() => {
  addLambdaStreaming();
  mkdirSync(join(folder, 'assets'));
  writeFileSync(join(folder, 'index.html'), '<!doctype html><base href="/" /><title>Tierferry</title>');
  writeFileSync(join(folder, 'assets', 'a-1.js'), 'export {};');
  writeFileSync(join(folder, 'assets', 'a-1.js.br'), Buffer.from([0xfe, 0xff, 0x00]));
  process.env.TIERFERRY_CONSOLE = JSON.stringify(parseConsole(CONSOLE));
  process.env.TIERFERRY_SETTINGS = '{}';
  process.env.AWS_REGION = 'eu-west-1';
});
afterAll(() => {
  rmSync(folder, { recursive: true });
  for (const [n, name] of names.entries()) {
    const value = before[n];
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
});

/** Calls a handler with an event in the form of a REST API's proxy integration. */
const called = async (
  path: string,
  headers: Readonly<Record<string, string>> = {},
  handler: unknown = consoleHandler(pathToFileURL(`${folder}/`)),
  stream = new AnswerStream(),
) => {
  if (typeof handler !== 'function') throw new Error('no handler');
  const event = {
    version: '1.0',
    httpMethod: 'GET',
    resource: '/{proxy+}',
    path,
    headers,
    multiValueHeaders: Object.fromEntries(Object.entries(headers).map(([name, one]) => [name, [one]])),
    queryStringParameters: null,
    multiValueQueryStringParameters: null,
    body: null,
    isBase64Encoded: false,
    requestContext: {
      domainName: 'a1b2.execute-api.eu-west-1.amazonaws.com',
      path: `/console${path}`,
      stage: 'console',
    },
  };
  await handler(event, stream, {});
  return { ...stream.head, body: stream.body };
};

test('the page is served for every view, and knows its base path', async () => {
  for (const path of ['/', '/migrations/mig-1']) {
    const { statusCode, headers, body } = await called(path);
    expect(statusCode, path).toBe(200);
    expect(headers?.['content-security-policy']).toContain('https://issuer.example');
    expect(body.toString()).toContain('<base href="/console/"');
  }
});

test('a compressed file of the page arrives unchanged', async () => {
  const { headers, body } = await called('/assets/a-1.js', { 'accept-encoding': 'br, gzip' });
  expect(headers?.['content-encoding']).toBe('br');
  expect([...body]).toEqual([0xfe, 0xff, 0x00]);
});

test('the API refuses a request without a token, with a problem', async () => {
  const { statusCode, headers, body } = await called('/api/tenants');
  expect(statusCode).toBe(401);
  expect(headers?.['content-type']).toBe('application/problem+json');
  expect(JSON.parse(body.toString())).toMatchObject({ code: 'NotSignedIn' });
});

test('events are written as they come, and end in order', async () => {
  const { app, ports } = deployedWorld();
  const { sleep } = ports.clock;
  let written = 0;
  const stream = new AnswerStream();
  ports.clock.sleep = async (...given) => {
    // everything sent before a wait has left the function
    await new Promise((next) => setImmediate(next));
    written ||= stream.body.length;
    return sleep.apply(ports.clock, given);
  };
  const { statusCode, headers, body } = await called(
    '/api/stream',
    { authorization: `Bearer ${tokenOf({})}` },
    streamedHandler(() => app),
    stream,
  );
  expect([statusCode, headers?.['content-type']]).toEqual([200, 'text/event-stream']);
  expect(written).toBeGreaterThan(0);
  const text = body.toString();
  expect(text).toMatch(/^event: live\n/);
  expect(text.trimEnd()).toMatch(/event: end\ndata: \{\}$/);
});
