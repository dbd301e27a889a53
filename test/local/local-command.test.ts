import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { ListStateMachinesCommand, SFNClient } from '@aws-sdk/client-sfn';
import { afterEach, beforeEach, expect, test } from 'vitest';
import * as z from 'zod';
import { currentUser } from '../../scripts/cli/current-user.ts';
import { runCli } from '../cli/run-cli.ts';

const CLI = fileURLToPath(new URL('../../scripts/tierferry.ts', import.meta.url));
const Ready = z.object({
  ready: z.literal(true),
  engine: z.string(),
  endpoints: z.object({ dynamodb: z.url(), stepFunctions: z.url() }),
  console: z.object({ url: z.url() }),
  env: z.record(z.string(), z.string()),
});
const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };

let data: string;
beforeEach(async () => {
  data = await mkdtemp(join(tmpdir(), 'tierferry-'));
});
afterEach(() => rm(data, { recursive: true, force: true }));

/** Runs `tierferry local --json` until a signal ends it. */
const local = async (...args: string[]) => {
  const child = spawn(process.execPath, [CLI, 'local', '--json', ...args], {
    cwd: data,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  const lines: string[] = [];
  const reader = createInterface(child.stdout).on('line', (line) => lines.push(line));
  await Promise.race([once(reader, 'line'), exited]);
  return {
    ready: Ready.parse(JSON.parse(lines[0] ?? 'null')),
    lines,
    async end(signal: 'SIGINT' | 'SIGTERM') {
      child.kill(signal);
      const [code]: unknown[] = await exited;
      return code;
    },
  };
};

test.each([
  ['dynamodb-local', 'SIGTERM'],
  ['dynoxide', 'SIGINT'],
] as const)(
  'local on %s prints one line that any SDK can use, keeps its data, and ends on %s',
  async (engine, signal) => {
    const first = await local('--engine', engine, '--data', data);
    expect(first.ready.engine).toBe(engine);
    const { env } = first.ready;
    // the variable of boto3
    expect(env.AWS_DEFAULT_REGION).toBe(env.AWS_REGION);
    const sfn = new SFNClient({ endpoint: env.AWS_ENDPOINT_URL_SFN, region: env.AWS_REGION, credentials });
    const { stateMachines } = await sfn.send(new ListStateMachinesCommand({}));
    expect(stateMachines?.map((machine) => machine.stateMachineArn)).toContain(
      env.TIERFERRY_STATE_MACHINE_ARN,
    );
    sfn.destroy();
    const put = new DynamoDBClient({
      endpoint: env.AWS_ENDPOINT_URL_DYNAMODB,
      region: env.AWS_REGION,
      credentials,
    });
    const Key = { tenantId: { S: 'mine' }, entityKey: { S: 'SCHOOL#1' } };
    await put.send(new PutItemCommand({ TableName: 'saas-tenant-data-basic', Item: Key }));
    put.destroy();
    expect(await first.end(signal)).toBe(0);
    expect(first.lines).toHaveLength(1);
    await expect(fetch(first.ready.endpoints.dynamodb)).rejects.toThrow();
    await expect(fetch(first.ready.endpoints.stepFunctions)).rejects.toThrow();

    const second = await local('--engine', engine, '--data', data);
    const get = new DynamoDBClient({
      endpoint: second.ready.endpoints.dynamodb,
      region: env.AWS_REGION,
      credentials,
    });
    const { Item } = await get.send(new GetItemCommand({ TableName: 'saas-tenant-data-basic', Key }));
    get.destroy();
    expect(Item).toEqual(Key);
    expect(await second.end(signal)).toBe(0);
  },
);

test('local serves the ops console at the printed link, as the user of this machine, until it ends', async () => {
  const stack = await local('--engine', 'dynoxide', '--data', data);
  const { origin, hash } = new URL(stack.ready.console.url);
  const session = () =>
    fetch(`${origin}/api/session`, { headers: { authorization: `Bearer ${hash.replace('#token=', '')}` } });
  expect(await (await session()).json()).toMatchObject({
    subject: { name: currentUser(), role: 'admin', verified: false },
    deployment: 'saas',
  });
  expect((await fetch(`${origin}/api/session`)).status).toBe(401);
  expect(await stack.end('SIGTERM')).toBe(0);
  await expect(session()).rejects.toThrow();
});

/** Runs `tierferry` in the folder `data`. */
const tierferry = (...args: string[]) => runCli(args, {}, { cwd: data });

test('local env prints how to reach the running stack of this folder or of one above it', async () => {
  const none = await tierferry('local', 'env');
  expect(none).toMatchObject({ code: 2, stdout: '' });
  expect(none.stderr).toMatch(/no stack is running in this folder.*'tierferry local'/);
  const stack = await local('--engine', 'dynoxide');
  const below = join(data, 'a', 'b');
  await mkdir(below, { recursive: true });
  const script = `eval "$('${process.execPath}' '${CLI}' local env)" && '${process.execPath}' '${CLI}' tenant list --json`;
  const { stdout } = await promisify(execFile)('sh', ['-c', script], { cwd: below });
  expect(JSON.parse(stdout)).toMatchObject({ kind: 'tenants', tenants: [] });
  const printed = JSON.parse((await tierferry('local', 'env', '--json')).stdout);
  expect(printed).toEqual({ schemaVersion: 1, kind: 'environment', next: null, env: stack.ready.env });
  const found = await tierferry('tenant', 'list');
  expect(found).toMatchObject({
    code: 0,
    stderr: expect.stringMatching(/^tierferry: using the local stack/),
  });
  expect(await stack.end('SIGTERM')).toBe(0);
  expect((await tierferry('local', 'env')).code).toBe(2);
});

test('local -- COMMAND runs the command in the environment of a stack that ends with it, and returns its exit code', async () => {
  const script = 'test "$0" = env && echo "$TIERFERRY_STATE_MACHINE_ARN" && exit 7';
  const ran = await tierferry('local', '--engine', 'dynoxide', '--', 'sh', '-c', script, 'env');
  expect(ran).toMatchObject({
    code: 7,
    stdout: expect.stringMatching(/^arn:aws:states:.*tier-migration\n$/),
  });
  expect((await tierferry('local', 'env')).code).toBe(2);
  const missing = await tierferry('local', '--engine', 'dynoxide', '--', 'no-such-program');
  expect(missing).toMatchObject({ code: 2, stderr: expect.stringMatching(/cannot run no-such-program/) });
  expect(await tierferry('local', 'start')).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/unknown argument 'start'/),
  });
});
