import { expect, test } from 'vitest';
import {
  changeOf,
  compareRows,
  durationRows,
  omittedOf,
  predictionRows,
  type Report,
  segmentResult,
  unitsRows,
  verdictsOf,
} from '../../../../functions/console/page/views/report/report-facts.ts';

const side = (checksum: string, items = 38_214) => ({ items, bytes: 15_744_168, checksum });
const location = { tier: 'basic', placement: 'shared', table: 'saas-tenant-data-basic' } as const;
const none = { read: 0, write: 0 };

const aReport = (given: Partial<Report> = {}): Report => ({
  ...{ migrationId: 'mig-1', tenantId: 'cedar', outcome: 'completed', attempts: 1 },
  ...{ source: location, target: { ...location, tier: 'advanced' } },
  verified: { source: side('a1'), target: side('a1'), changed: 0 },
  ...{ differences: [], differing: 0, foreign: [], cutovers: 1, notes: [] },
  durations: { copy: 171_000, toFlipMs: 181_200, fenceMs: 1_212, fencedMs: 1_212, totalMs: 300_000 },
  units: {
    ...{ survey: { read: 2_000, write: 0 }, copy: { read: 4_000, write: 144_000 } },
    ...{ verify: none, cleanUp: none, apply: none, discard: none },
  },
  predicted: { items: 38_214, toFlipMs: 174_000, readUnits: 5_000, writeUnits: 160_000, fenceMs: 1_350 },
  ...{ closedAt: '2026-03-04T05:06:07.000Z', sha256: 'ff' },
  ...given,
});

test('equal sides are said to be equal, with what was compared', () => {
  expect(verdictsOf(aReport())).toEqual([
    { type: 'success', words: 'Both sides are equal: 38,214 items, 15.0 MB.' },
  ]);
});

test('sides with the same counts and other checksums differ', () => {
  const [verdict] = verdictsOf(aReport({ verified: { source: side('a1'), target: side('b2'), changed: 3 } }));
  expect(verdict?.type).toBe('error');
  expect(verdict?.words).toContain('without 3 keys that the application changed since');
});

test('differences and writes of other processes come before everything else', () => {
  const foreign = [{ key: 'STUDENT#1', kind: 'extra' }] as const;
  const pastLeases = { keys: ['STUDENT#2'], total: 2 };
  const types = verdictsOf(aReport({ differing: 4, foreign, pastLeases })).map(({ type }) => type);
  expect(types).toEqual(['error', 'warning', 'warning', 'success']);
});

test('a kept source that changed in the hold is told', () => {
  const keptSource = { atFlip: side('a1'), afterHold: side('c3'), expiringItems: 0 };
  expect(verdictsOf(aReport({ keptSource })).at(-1)?.type).toBe('warning');
});

test('a migration that ended before the flip says that nothing was compared', () => {
  const { verified: _, ...rest } = aReport({ outcome: 'failed' });
  expect(verdictsOf(rest)).toEqual([expect.objectContaining({ type: 'info' })]);
});

test('prediction and fact stand side by side, with how far they are apart', () => {
  expect(predictionRows(aReport())).toEqual([
    { label: 'Items', predicted: '38,214', actual: '38,214', change: '0 %' },
    { label: 'Time to the flip', predicted: '2 min 54 s', actual: '3 min 01 s', change: '+4 %' },
    { label: 'Write gap', predicted: '1.4 s', actual: '1.2 s', change: '−10 %' },
    { label: 'Read units', predicted: '5,000', actual: '6,000', change: '+20 %' },
    { label: 'Write units', predicted: '160,000', actual: '144,000', change: '−10 %' },
  ]);
  const { predicted: _, ...rest } = aReport();
  expect(predictionRows(rest)[0]).toEqual({ label: 'Items', predicted: '–', actual: '38,214', change: '–' });
});

test('the fact beside a prediction has what was predicted: all items, and no work of changes', () => {
  const report = aReport();
  const [items, , , , writes] = predictionRows({
    ...report,
    verified: { source: side('a1', 38_000), target: side('a1', 38_000), changed: 214 },
    units: { ...report.units, apply: { read: 0, write: 900 }, discard: { read: 0, write: 144_000 } },
  });
  expect(items?.actual).toBe('38,214');
  expect(writes?.actual).toBe('144,000');
});

test('a report says which items its counts leave out', () => {
  const verified = { source: side('a1'), target: side('a1'), changed: 3 };
  const keptSource = { atFlip: side('c3', 37_902), expiringItems: 315 };
  expect(omittedOf({ verified, keptSource })).toEqual({
    changed: '3 keys changed after the flip',
    expiring: '315 items that may expire',
  });
  expect(omittedOf(aReport())).toEqual({ changed: undefined, expiring: undefined });
});

test('a change from nothing has no share, and a small one is rounded', () => {
  expect(changeOf(0, 5)).toBe('–');
  expect(changeOf(1_000, 1_001)).toBe('0 %');
});

test('times and units leave out what was not done, and end with the sum', () => {
  expect(durationRows(aReport()).map(({ label }) => label)).toEqual([
    'Copy',
    'Writes fenced in all',
    'In all',
  ]);
  expect(unitsRows(aReport())).toEqual([
    { label: 'Survey', read: 2_000, write: 0 },
    { label: 'Copy', read: 4_000, write: 144_000 },
    { label: 'In all', read: 6_000, write: 144_000 },
  ]);
});

test('two reports are compared property by property', () => {
  const slower = aReport({ tenantId: 'hazel', durations: { ...aReport().durations, fenceMs: 2_424 } });
  const rows = compareRows(aReport(), slower);
  const row = (label: string) => rows.find((one) => one.label === label);
  expect(row('Move')).toMatchObject({ left: 'cedar, basic → advanced', right: 'hazel, basic → advanced' });
  expect(row('Write gap')).toEqual({ label: 'Write gap', left: '1.2 s', right: '2.4 s', change: '+100 %' });
  expect(row('Items')?.change).toBe('0 %');
  expect(row('Provision')?.left).toBe('–');
});

test('a segment is equal if counts, sizes and checksums are', () => {
  const segment = (target: string, differing = 0) => ({
    ...{ number: 1, items: 10, keptSource: null, differing },
    verified: { source: side('a1'), target: side(target), changed: 0 },
  });
  expect(segmentResult(segment('a1'))).toBe('equal');
  expect(segmentResult(segment('b2'))).toBe('differs');
  expect(segmentResult(segment('a1', 1))).toBe('differs');
  expect(segmentResult({ ...segment('a1'), verified: null })).toBeUndefined();
});
