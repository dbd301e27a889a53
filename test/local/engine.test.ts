import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { DatabaseSync } from 'node:sqlite';
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
  '%s answers on loopback, and has ended after it was stopped twice',
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

test('an engine ends with the process that started it, even if that is killed', async () => {
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

test('a port in use is named', async () => {
  const engine = await startEngine({ engine: 'dynoxide' });
  const port = Number(new URL(engine.endpoint).port);
  await expect(startEngine({ engine: 'dynoxide', port })).rejects.toThrow(String(port));
  await engine.stop();
});

test('DynamoDB Local finds the records of one stream without reading those of all others', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'tierferry-'));
  const engine = await startEngine({ engine: 'dynamodb-local', dataDir });
  await engine.stop();
  const file = join(dataDir, 'dynamodb-local', 'shared-local-instance.db');
  const database = new DatabaseSync(file, { readOnly: true });
  const indexFor = (query: string) => database.prepare(`EXPLAIN QUERY PLAN ${query}`).get()?.detail;
  // as it does with each write to a table with a stream, and with each poll of a stream
  expect(indexFor('SELECT MIN(SequenceNumber) FROM us WHERE StreamID = ?')).toContain('tierferry_stream');
  for (const order of ['DESC LIMIT 1', 'ASC LIMIT ?'])
    expect(
      indexFor(`SELECT SequenceNumber FROM us WHERE ShardID = ? ORDER BY SequenceNumber ${order}`),
    ).toContain('tierferry_shard');
  database.close();
  await rm(dataDir, { recursive: true });
});
