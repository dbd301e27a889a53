import { expect, test } from 'vitest';
import {
  type EntityKey,
  epochMs,
  type MigrationId,
  readUnits,
  type TenantId,
  tableName,
  writeUnits,
} from '../../../functions/migration/names.ts';
import { makeReport } from '../../../functions/migration/report/make-report.ts';
import type { Report } from '../../../functions/migration/report/report.ts';
import type { Difference } from '../../../functions/migration/segment.ts';
import { renderReport } from '../../../scripts/cli/render/render-report.ts';
import { fakePorts } from '../../support/fake-ports.ts';
import { aMigration } from '../../support/records.ts';

const COLUMNS = 80;
const print = (digit: string, items = 1_200) => ({ items, bytes: items * 400, checksum: digit.repeat(64) });
const migration = aMigration({
  migrationId: 'mig-20300101000000-1a2b3c4d' as MigrationId,
  tenantId: 'cedar-valley' as TenantId,
  source: { ...aMigration().source, table: tableName('saas-tenant-data-basic') },
  target: { ...aMigration().target, table: tableName('saas-tenant-data-advanced') },
  status: 'completed',
  stages: { provision: { startedAt: epochMs(400) } },
  fencedAt: epochMs(1_000),
  flippedAt: epochMs(1_612),
  fences: { totalMs: 612, forwardMs: 612 },
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

test('both sides are shown with their tables, and equality means that of source and target', async () => {
  const words = await rendered();
  expect(words).toMatch(/^ {12}source +target$/m);
  expect(words).toMatch(/^ {2}table +saas-tenant-data-basic +saas-tenant-data-advanced$/m);
  expect(words).toMatch(/^ {2}All equal\.$/m);
  const { source } = { source: print('a') };
  for (const target of [print('b'), print('a', 1_199), { ...print('a'), bytes: 1 }])
    expect(await rendered({ verified: { source, target, changed: 0 } })).toMatch(/^ {2}NOT EQUAL\.$/m);
});

test('a kept source that has lost expired items is not a difference, and the report explains the lower count', async () => {
  const kept = { atFlip: print('c', 1_100), afterHold: print('c', 1_100), expiringItems: 100 };
  const words = await rendered({ keptSource: kept });
  expect(words).toMatch(/^ {2}items +1,200 +1,200$/m);
  expect(words).toMatch(
    /^ {2}All equal\.\n\n {2}The kept source, at the flip and after the hold, without 100 items\n {2}that may expire and are compared one by one:\n +at the flip +after the hold$/m,
  );
  expect(words).toMatch(/^ {2}items +1,100 +1,100$/m);
  expect(words).toMatch(/^ {2}Equal\.$/m);
  expect(await rendered({ keptSource: { ...kept, expiringItems: 0 } })).not.toContain('may expire');
  const changed = { ...kept, afterHold: print('d', 1_100) };
  expect(await rendered({ keptSource: changed })).toMatch(/^ {2}All equal\.$[\s\S]*^ {2}NOT EQUAL\.$/m);
});

test('the report says that keys changed by the application after the flip are left out', async () => {
  const verified = { source: print('a'), target: print('a'), changed: 3 };
  expect(await rendered({ verified })).toMatch(
    /^ {2}All equal, without 3 keys that the application changed after the flip\.$/m,
  );
});

test('differing keys are shown by kind with the first characters of both hashes', async () => {
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
      '    different  1  on both, with different values',
      '',
      '               source        target        key',
      '    ---------  ------------  ------------  ---------',
      '    missing    cccccccccccc  -             STUDENT#2',
      '    extra      -             dddddddddddd  STUDENT#3',
      '    different  aaaaaaaaaaaa  bbbbbbbbbbbb  SCHOOL#1',
    ].join('\n'),
  );
});

test('of many keys of a kind, the first are shown with the number of further keys', async () => {
  const differences = Array.from({ length: 25 }, (_, n) => difference('missing', `K#${n}`, 'a'));
  const words = await rendered({ differences, differing: 25 });
  expect(words.match(/missing +aaaaaaaaaaaa/g)).toHaveLength(20);
  expect(words).toMatch(/missing +\.\.\. +\.\.\. +and 5 more, in --json/);
});

test("keys that another process wrote have their own section, with both sides' values", async () => {
  const foreign = [difference('different', 'STUDENT#9', 'e', 'f')];
  expect(await rendered({ foreign })).toContain(
    [
      '  1 key was written by another process before or after the flip,',
      '  or a change did not reach the target (either side may be newer):',
      '               source        target        key',
      '    ---------  ------------  ------------  ---------',
      '    different  eeeeeeeeeeee  ffffffffffff  STUDENT#9',
    ].join('\n'),
  );
  expect(await rendered()).not.toContain('by another process');
});

test('cutovers without a flip are counted, and those of a flip and of a flip back are not', async () => {
  expect(await rendered({ cutovers: 3 })).toMatch(
    /^ {2}writes fenced +612 ms\n {2}2 cutovers reopened writes without a flip\.$/m,
  );
  expect(await rendered({ cutovers: 1 })).not.toContain('cutover');
  const { durations } = await aReport();
  const rolledBack = { outcome: 'rolledBack', durations: { ...durations, reverseFenceMs: 900 } } as const;
  expect(await rendered({ ...rolledBack, cutovers: 2 })).not.toContain('cutover');
  expect(await rendered({ ...rolledBack, cutovers: 3 })).toContain(
    '1 cutover reopened writes without a flip.',
  );
});

test('the fenced time includes cutovers that gave up and the reverse flip', async () => {
  const { durations } = await aReport();
  const fences = { ...durations, fencedMs: 17_000, reverseFenceMs: 900 };
  expect(await rendered({ durations: fences, cutovers: 4 })).toMatch(
    /^ {2}writes fenced +17\.0 s\n {4}before the flip +612 ms\n {4}before the flip back +900 ms$/m,
  );
});

test('predictions are shown next to the actual work, and unpredicted work on its own', async () => {
  const none = { read: readUnits(0), write: writeUnits(0) };
  const units = {
    ...{ survey: none, verify: none, copy: { read: readUnits(100), write: writeUnits(200) } },
    ...{
      cleanUp: { ...none, write: writeUnits(30) },
      apply: { ...none, write: writeUnits(7) },
      discard: none,
    },
  };
  const predicted = { items: 1_200, toFlipMs: 1_000, readUnits: 90, writeUnits: 210, fenceMs: 500 };
  const verified = { source: print('a', 1_197), target: print('a', 1_197), changed: 3 };
  const words = await rendered({ units, predicted, verified });
  expect(words).toMatch(/^ {2}apply changes +- +7$/m);
  expect(words).toMatch(/^ {2}total +100 +237$/m);
  expect(words).toMatch(/^ {2}items +1,200 +1,200$/m);
  expect(words).toMatch(/^ {2}write units +210 +230$/m);
  expect(words).toMatch(/^ {2}time to the flip +1\.0 s +1\.2 s$/m);
  expect(words).not.toContain('whole migration');
  expect(words).toContain('Predicted times are those of DynamoDB on AWS; a local engine has others.');
  expect(await rendered({ units, predicted, outcome: 'rolledBack' })).toContain('predicted, whole migration');
});

test("an operator's wait is shown separately, and the time to the flip is labelled as excluding it", async () => {
  const { durations } = await aReport();
  const predicted = { items: 1_200, toFlipMs: 1_000, readUnits: 90, writeUnits: 210, fenceMs: 500 };
  const words = await rendered({ predicted, durations: { ...durations, operatorWaitMs: 90_000 } });
  expect(words).toMatch(/^ {2}waited for an operator +1 min 30 s$/m);
  expect(words).toMatch(/^ {2}time to the flip, without waits +1\.0 s +1\.2 s$/m);
});

test('keys written after the leases had ended are shown', async () => {
  const pastLeases = { keys: ['STUDENT#9' as EntityKey], total: 1 };
  expect(await rendered({ pastLeases })).toContain(
    '  1 key was written under a fence after every lease had run out:\n  a process writes without the router.\n    STUDENT#9',
  );
});

test('a report without a complete comparison says so', async () => {
  const { verified: _, ...partial } = await aReport();
  expect(renderReport(partial).join('\n')).toMatch(/Source and target were not compared in full\./);
});

test("the target's indexes are shown with their lag, and unchecked ones with a dash", async () => {
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
