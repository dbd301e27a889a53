import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { expect, test } from 'vitest';
import { dynamoClient } from '../../functions/aws/client.ts';
import { startEngine } from '../../scripts/local/engine.ts';

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};
const gone = async (pid: number): Promise<void> => {
  while (isAlive(pid)) await sleep(50);
};
const listTables = async (endpoint: string) => {
  const client = dynamoClient({
    endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    maxAttempts: 1,
  });
  try {
    return (await client.send(new ListTablesCommand({}))).TableNames;
  } finally {
    client.destroy();
  }
};

test.each(['dynamodb-local', 'dynoxide'] as const)(
  '%s answers on loopback, and is gone once it was stopped, twice',
  async (name) => {
    const engine = await startEngine({ engine: name });
    expect(engine).toMatchObject({ name, endpoint: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/) });
    expect(await listTables(engine.endpoint)).toEqual([]);
    await engine.stop();
    await engine.stop();
    expect(isAlive(engine.pid)).toBe(false);
    await expect(listTables(engine.endpoint)).rejects.toThrow();
  },
);

test('an engine ends with the process that started it, also when that is killed', async () => {
  const script = `
    import { startEngine } from ${JSON.stringify(new URL('../../scripts/local/engine.ts', import.meta.url).href)};
    const { pid } = await startEngine({ engine: 'dynoxide' });
    process.stdout.write(pid + '\\n');
    setInterval(() => {}, 1_000);
  `;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line]: unknown[] = await once(createInterface(child.stdout), 'line');
  const pid = Number(line);
  expect(isAlive(pid)).toBe(true);
  child.kill('SIGKILL');
  await gone(pid);
});

test('a port that is taken is named', async () => {
  const engine = await startEngine({ engine: 'dynoxide' });
  const port = Number(new URL(engine.endpoint).port);
  await expect(startEngine({ engine: 'dynoxide', port })).rejects.toThrow(String(port));
  await engine.stop();
});
