import { expect, test } from 'vitest';
import { runWithEnv } from './run-in-process.ts';

const refused = async (...args: string[]): Promise<string> => {
  const { code, stderr } = await runWithEnv(['local', ...args], {});
  expect(code).toBe(2);
  return stderr;
};

test('invalid settings of strict mode are refused with the field, and nothing starts', async () => {
  const settings = (given: string) => refused('--strict', '--strict-settings', given);
  expect(await settings('{"dynamodb":{"backupMs":-1}}')).toContain(
    '--strict-settings at dynamodb.backupMs: ',
  );
  expect(await settings('{"dynamodb":{"backup":1}}')).toContain(
    '--strict-settings at dynamodb: Unrecognized key',
  );
  expect(await settings('scale')).toContain('--strict-settings is not JSON. Nothing was started.');
});

test('settings of strict mode require strict mode', async () => {
  expect(await refused('--strict-settings', '{}')).toContain('--strict-settings needs --strict');
});
