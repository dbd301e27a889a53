import { expect, test } from 'vitest';
import {
  type EntityKey,
  epochMs,
  type MigrationId,
  type TenantId,
  tableName,
} from '../../../functions/migration/names.ts';
import type { Difference } from '../../../functions/migration/segment.ts';
import { makeReport } from '../../../functions/migration/verify/make-report.ts';
import type { Report } from '../../../functions/migration/verify/report.ts';
import { renderReport } from '../../../scripts/cli/render/render-report.ts';
import { fakePorts } from '../../support/fake-ports.ts';
import { aMigration } from '../../support/records.ts';

const COLUMNS = 80;
const print = (digit: string, items = 1_200) => ({ items, bytes: items * 400, digest: digit.repeat(64) });
const migration = aMigration({
  migrationId: 'mig-20300101000000-1a2b3c4d' as MigrationId,
  tenantId: 'cedar-valley' as TenantId,
  source: { ...aMigration().source, table: tableName('saas-tenant-data-basic') },
  target: { ...aMigration().target, table: tableName('saas-tenant-data-advanced') },
  status: 'completed',
  fencedAt: epochMs(1_000),
  flippedAt: epochMs(1_612),
});
const aReport = async (change: Partial<Report> = {}): Promise<Report> => ({
  ...(await makeReport(fakePorts(), migration)),
  verified: { source: print('a'), target: print('a'), changed: 0 },
  ...change,
});
const rendered = async (change?: Partial<Report>): Promise<string> => {
  const lines = renderReport(await aReport(change));
  for (const line of lines) expect(line.length).toBeLessThanOrEqual(COLUMNS);
  return lines.join('\n');
};
const difference = (kind: Difference['kind'], key: string, source?: string, target?: string): Difference => ({
  kind,
  key: key as EntityKey,
  ...(source ? { source: source.repeat(64) } : {}),
  ...(target ? { target: target.repeat(64) } : {}),
});

test('both sides are shown with their tables, and equality is that of source and target', async () => {
  const words = await rendered();
  expect(words).toMatch(/^ {10}source +target$/m);
  expect(words).toMatch(/^ {2}table +saas-tenant-data-basic +saas-tenant-data-advanced$/m);
  expect(words).toMatch(/^ {2}All equal\.$/m);
  const { source } = { source: print('a') };
  for (const target of [print('b'), print('a', 1_199), { ...print('a'), bytes: 1 }])
    expect(await rendered({ verified: { source, target, changed: 0 } })).toMatch(/^ {2}NOT EQUAL\.$/m);
});

test('a kept source that has lost what may expire is no difference, and the reader is told why it has less', async () => {
  const words = await rendered({ frozenSource: print('c', 1_100) });
  expect(words).toMatch(/source +target +source after hold$/m);
  expect(words).toMatch(/^ {2}items +1,200 +1,200 +1,100$/m);
  expect(words).toMatch(
    /^ {2}All equal\.\n {2}The source after the hold is counted without items that may expire\.$/m,
  );
  expect(await rendered({ frozenSource: print('a') })).not.toContain('may expire');
});

test('keys that the application changed after the flip are said to be left out', async () => {
  const verified = { source: print('a'), target: print('a'), changed: 3 };
  expect(await rendered({ verified })).toMatch(
    /^ {2}All equal, without 3 keys that the application changed after the flip\.$/m,
  );
});

test('differing keys are shown by kind with the beginning of both digests', async () => {
  const differences = [
    difference('different', 'SCHOOL#1', 'a', 'b'),
    difference('missing', 'STUDENT#2', 'c'),
    difference('extra', 'STUDENT#3', undefined, 'd'),
  ];
  expect(await rendered({ differences, differing: 5 })).toContain(
    [
      '  5 keys differ; the first 3:',
      '    missing    1  not on the target',
      '    extra      1  on the target only',
      '    different  1  on both, with other values',
      '',
      '               source        target        key',
      '    ---------  ------------  ------------  ---------',
      '    missing    cccccccccccc  -             STUDENT#2',
      '    extra      -             dddddddddddd  STUDENT#3',
      '    different  aaaaaaaaaaaa  bbbbbbbbbbbb  SCHOOL#1',
    ].join('\n'),
  );
});

test('of many keys of a kind the first are shown, and how many more there are', async () => {
  const differences = Array.from({ length: 25 }, (_, n) => difference('missing', `K#${n}`, 'a'));
  const words = await rendered({ differences, differing: 25 });
  expect(words.match(/missing +aaaaaaaaaaaa/g)).toHaveLength(20);
  expect(words).toMatch(/missing +\.\.\. +\.\.\. +and 5 more, in --json/);
});

test('keys that another process wrote have a section of their own, with what each side has', async () => {
  const foreign = [difference('different', 'STUDENT#9', 'e', 'f')];
  expect(await rendered({ foreign })).toContain(
    [
      '  1 key was written past the migration,',
      '  before the flip or after it, or missed by the target (either may be newer):',
      '               source        target        key',
      '    ---------  ------------  ------------  ---------',
      '    different  eeeeeeeeeeee  ffffffffffff  STUDENT#9',
    ].join('\n'),
  );
  expect(await rendered()).not.toContain('past the migration');
});

test('more than one cutover is told', async () => {
  expect(await rendered({ cutovers: 3 })).toMatch(
    /^ {2}writes fenced +612 ms\n {2}3 cutovers were begun; each that did not flip opened writes again\.$/m,
  );
  expect(await rendered({ cutovers: 1 })).not.toContain('cutover');
});

test('a report without a whole comparison says so', async () => {
  const { verified: _, ...partial } = await aReport();
  expect(renderReport(partial).join('\n')).toMatch(/The two sides were not compared as a whole\./);
});

test("the target's indexes are shown with their lag, and a dash for what was not checked", async () => {
  const indexes = [
    { index: 'by-school', marker: 'gone', lagMs: 1_200, values: 1_300, counted: 20, differing: 0 },
    { index: 'by-email', marker: 'none', counted: 0, differing: 0 },
  ] as const;
  const words = await rendered({ indexes: indexes.map((one) => ({ ...one, uncountedItems: 0 })) });
  expect(words).toMatch(/^ {2}target's index +lag +values equal +differing$/m);
  expect(words).toMatch(/^ {2}by-school +1\.2 s +20 of 1,300 +0$/m);
  expect(words).toMatch(/^ {2}by-email +- +- +-$/m);
  expect(await rendered()).not.toContain("target's index");
});
