import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findTableNames } from '../../scripts/lint/table-names.ts';
import { fakePorts } from '../support/fake-ports.ts';
import { runInProcess } from './run-in-process.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tierferry-lint-'));
  mkdirSync(join(folder, 'node_modules'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const names = (source: string, tables: readonly string[] = []) =>
  findTableNames('a.ts', source, { prefix: 'saas', tables }).map(
    ({ line, column, table }) => `${line}:${column} ${table}`,
  );

test.each([
  ["send({ TableName: 'saas-tenant-data-basic.2' })", ['1:20 saas-tenant-data-basic.2']],
  ['a = 1\nt = "saas-tenant-data-{}".format(tier)', ['2:6 saas-tenant-data-{}']],
  ['table = dynamodb.Table("saas-tenant-data-premium")', ['1:25 saas-tenant-data-premium']],
  ["arn = 'arn:aws:dynamodb:x:1:table/saas-tenant-data-basic'", ['1:35 saas-tenant-data-basic']],
  ["send({ TableName: 'school-data' })", []],
  ["send({ TableName: 'other-tenant-data-basic' })", []],
  ['// it was in saas-tenant-data-basic', []],
  ["const t = 'saas-tenant-data-basic'; // tierferry-allow: backup", []],
  [
    "# tierferry-allow: backup\nt = 'saas-tenant-data-basic'\nu = 'saas-tenant-data-basic'",
    ['3:6 saas-tenant-data-basic'],
  ],
])('%j names %j', (source, found) => {
  expect(names(source)).toEqual(found);
});

test('tables of other names are found as whole names', () => {
  const source = "['prod-tenants', 'prod-tenants-2', 'prod.tenants']";
  expect(names(source, ['prod-tenants'])).toEqual(['1:3 prod-tenants']);
});

test('the command lists every place, and exits with 1 if there is one', async () => {
  writeFileSync(join(folder, 'client.ts'), "export const TABLE = 'school-data';\n");
  writeFileSync(join(folder, 'node_modules', 'a.js'), "'saas-tenant-data-basic'\n");
  const clean = await runInProcess(fakePorts(), ['lint-tables', folder]);
  expect(clean).toMatchObject({ code: 0, stdout: 'No tier table is named in 1 file.\n' });
  writeFileSync(join(folder, 'job.py'), "T = 'saas-tenant-data-basic'\n");
  const { code, stdout } = await runInProcess(fakePorts(), ['lint-tables', folder]);
  expect(code).toBe(1);
  expect(stdout).toContain(`${join(folder, 'job.py')}:1:6  saas-tenant-data-basic\n`);
  const missing = await runInProcess(fakePorts(), ['lint-tables', join(folder, 'nothing')]);
  expect(missing.code).toBe(2);
});
