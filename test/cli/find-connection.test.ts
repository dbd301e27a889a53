import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { findConnection } from '../../scripts/cli/find-connection.ts';
import { recordStack } from '../../scripts/local/running-stack.ts';

const ENV = { AWS_ENDPOINT_URL_DYNAMODB: 'http://127.0.0.1:8000' };

/** Records a stack, which is as alive as the process of the test. @returns a folder below the stack's own */
const runningStack = async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tierferry-connection-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const remove = await recordStack(folder, ENV);
  const below = join(folder, 'a', 'b');
  await mkdir(below, { recursive: true });
  return { below, remove };
};

test('the stack that runs in a folder above is found until it ends', async () => {
  const { below, remove } = await runningStack();
  expect(await findConnection({ HOME: '/' }, below)).toEqual({ pid: process.pid, env: ENV });
  await remove();
  expect(await findConnection({ HOME: '/' }, below)).toBeUndefined();
});

test.each([
  'AWS_REGION',
  'AWS_PROFILE',
  'AWS_ACCESS_KEY_ID',
  'AWS_ENDPOINT_URL_DYNAMODB',
  'TIERFERRY_STATE_MACHINE_ARN',
])('a running stack is not used if %s chooses another connection', async (name) => {
  const { below } = await runningStack();
  expect(await findConnection({ [name]: 'chosen' }, below)).toBeUndefined();
});
