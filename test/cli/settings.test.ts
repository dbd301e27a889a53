import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { InvalidRequest } from '../../functions/migration/errors.ts';
import { parseConfig } from '../../functions/migration/settings/config.ts';
import { readGivenSettings } from '../../scripts/cli/read-settings.ts';

const folder = mkdtempSync(join(tmpdir(), 'tierferry-settings-'));
afterAll(() => rmSync(folder, { recursive: true }));
const file = (name: string, text: string) => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};

test('a configuration module is read, without the parts for the deployment only', async () => {
  const config = file(
    'one.config.ts',
    "export default { prefix: 'school', alarms: { email: ['a@example.org'] }, console: { issuer: 'https://i.example', clientId: 'c' } };",
  );
  expect(await readGivenSettings(config, {})).toEqual({ prefix: 'school' });
});

test('a named file takes precedence over the environment, and the environment over tierferry.config.ts', async () => {
  const json = file('two.json', '{"prefix":"named"}');
  const env = { TIERFERRY_SETTINGS: '{"prefix":"environment"}' };
  expect(await readGivenSettings(json, env)).toEqual({ prefix: 'named' });
  expect(await readGivenSettings(undefined, env)).toEqual({ prefix: 'environment' });
  // this checkout's file, which `cdk deploy` reads
  expect(await readGivenSettings(undefined, {})).toEqual({ prefix: 'saas' });
});

test.each([
  ['a module that exports nothing', "export const config = { prefix: 'school' };", /has no default export/],
  ['an unknown name', "export default { prefx: 'school' };", /prefx/],
  ['an invalid alarm', "export default { alarms: { email: ['ops'] } };", /alarms\.email\.0/],
  ['a duplicate address', "export default { alarms: { email: ['a@x.org', 'a@x.org'] } };", /listed twice/],
  [
    "a console's issuer",
    "export default { console: { issuer: 'i.example', clientId: 'c' } };",
    /console\.issuer/,
  ],
  ['a tag of AWS', "export default { tableDesign: { tags: { 'aws:x': 'y' } } };", /tableDesign/],
  ['an invalid module', 'export default {', /cannot read settings file/],
])('%s is reported in one line', async (name, text, says) => {
  const path = file(`${name.replaceAll(' ', '-')}.ts`, text);
  const read = readGivenSettings(path, {});
  await expect(read).rejects.toThrow(InvalidRequest);
  await expect(read).rejects.toThrow(says);
});

test('settings that are not given have defaults', () => {
  const { settings, alarms, adoptedTables, reservedConcurrency, console } = parseConfig({});
  expect(settings.prefix).toBe('saas');
  expect(alarms).toEqual({ email: [], captureBehindSeconds: 60, captureBehindMinutes: 3 });
  expect(adoptedTables).toEqual([]);
  expect(reservedConcurrency).toBe(true);
  expect(console).toBeUndefined();
});
