import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { parseConfig } from '../../functions/migration/config.ts';
import { InvalidRequest } from '../../functions/migration/errors.ts';
import { readGivenSettings } from '../../scripts/cli/read-settings.ts';

const folder = mkdtempSync(join(tmpdir(), 'tierferry-settings-'));
afterAll(() => rmSync(folder, { recursive: true }));
const file = (name: string, text: string) => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};

test('a configuration module is read, without what only the deployment needs', async () => {
  const config = file(
    'one.config.ts',
    "export default { prefix: 'school', alarms: { email: ['a@example.org'] }, console: { issuer: 'https://i.example', clientId: 'c' } };",
  );
  expect(await readGivenSettings(config, {})).toEqual({ prefix: 'school' });
});

test('the file that is named goes before the environment, and the environment before tierferry.config.ts', async () => {
  const json = file('two.json', '{"prefix":"named"}');
  const env = { TIERFERRY_SETTINGS: '{"prefix":"environment"}' };
  expect(await readGivenSettings(json, env)).toEqual({ prefix: 'named' });
  expect(await readGivenSettings(undefined, env)).toEqual({ prefix: 'environment' });
  // that of this checkout, which is what `cdk deploy` reads
  expect(await readGivenSettings(undefined, {})).toEqual({ prefix: 'saas' });
});

test.each([
  ['a module that exports nothing', "export const config = { prefix: 'school' };", /has no default export/],
  ['a name that is not known', "export default { prefx: 'school' };", /prefx/],
  ['an alarm that is wrong', "export default { alarms: { email: ['nobody'] } };", /alarms\.email\.0/],
  [
    'an address that is there twice',
    "export default { alarms: { email: ['a@x.org', 'a@x.org'] } };",
    /listed twice/,
  ],
  [
    "a console's issuer",
    "export default { console: { issuer: 'i.example', clientId: 'c' } };",
    /console\.issuer/,
  ],
  ['a tag of AWS', "export default { tableDesign: { tags: { 'aws:x': 'y' } } };", /tableDesign/],
  ['no module at all', 'export default {', /can't be read/],
])('%s is said in one line', async (name, text, says) => {
  const path = file(`${name.replaceAll(' ', '-')}.ts`, text);
  const read = readGivenSettings(path, {});
  await expect(read).rejects.toThrow(InvalidRequest);
  await expect(read).rejects.toThrow(says);
});

test('what is not said has its default', () => {
  const { settings, alarms, adoptedTables, reservedConcurrency, console } = parseConfig({});
  expect(settings.prefix).toBe('saas');
  expect(alarms).toEqual({ email: [], captureBehindSeconds: 60, captureBehindMinutes: 3 });
  expect(adoptedTables).toEqual([]);
  expect(reservedConcurrency).toBe(true);
  expect(console).toBeUndefined();
});
