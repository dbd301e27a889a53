import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { ListStateMachinesCommand, SFNClient } from '@aws-sdk/client-sfn';
import { afterEach, beforeEach, expect, test } from 'vitest';
import * as z from 'zod';

const CLI = fileURLToPath(new URL('../../scripts/tierferry.ts', import.meta.url));
const Ready = z.object({
  ready: z.literal(true),
  engine: z.string(),
  endpoints: z.object({ dynamodb: z.url(), stepFunctions: z.url() }),
  env: z.record(z.string(), z.string()),
});
const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };

let data: string;
beforeEach(async () => {
  data = await mkdtemp(join(tmpdir(), 'tierferry-'));
});
afterEach(() => rm(data, { recursive: true, force: true }));

/** Runs `tierferry local --json`, until it is told to end by a signal. */
const local = async (...args: string[]) => {
  const child = spawn(process.execPath, [CLI, 'local', '--json', ...args], {
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
