import { describe, expect, test } from 'vitest';
import { sentence } from '../../../functions/console/page/api/problem.ts';
import {
  costParts,
  entityShares,
  findingsInOrder,
  totalCost,
} from '../../../functions/console/page/views/start/plan-figures.ts';
import {
  EMPTY_DRAFT,
  forgetDraft,
  isIrreversible,
  keepDraft,
  planBody,
  problemOfPlanReason,
  problemsOf,
  readDraft,
  startBody,
} from '../../../functions/console/page/views/start/start-draft.ts';
import {
  noneRecommended,
  targetOf,
  targetOptions,
} from '../../../functions/console/page/views/start/target-options.ts';

const HOUR_MS = 3_600_000;
const quoted = { tenantId: 'cedar', migrationId: 'mig-1', etag: '"e"', defaultHoldMs: 24 * HOUR_MS };
const draft = { ...EMPTY_DRAFT, reason: ' growth ' };

const storageOf = (values = new Map<string, string>()) => ({
  getItem: (key: string) => values.get(key) ?? null,
  setItem: (key: string, value: string) => void values.set(key, value),
  removeItem: (key: string) => void values.delete(key),
});

describe('a draft', () => {
  test('is kept for each tenant until it is forgotten', () => {
    const storage = storageOf();
    keepDraft(storage, 'cedar', { ...draft, cutover: 'held', hold: '2' });
    expect(readDraft(storage, 'cedar')).toEqual({ ...draft, cutover: 'held', hold: '2' });
    expect(readDraft(storage, 'maple')).toEqual(EMPTY_DRAFT);
    forgetDraft(storage, 'cedar');
    expect(readDraft(storage, 'cedar')).toEqual(EMPTY_DRAFT);
  });

  test.each(['{', 'null', '[]', '{"reason": 5, "cutover": "later"}'])('that reads %s is empty', (text) => {
    const storage = { ...storageOf(), getItem: () => text };
    expect(readDraft(storage, 'cedar')).toEqual(EMPTY_DRAFT);
  });

  test('survives a window that stores nothing', () => {
    const full = {
      ...storageOf(),
      setItem: () => {
        throw new Error('full');
      },
    };
    expect(() => keepDraft(full, 'cedar', draft)).not.toThrow();
  });
});

describe('a dry run', () => {
  const to = { tier: 'advanced' };

  test('takes the reason that was typed, and needs none', () => {
    expect(planBody('cedar', to, ' growth ')).toEqual({ tenantId: 'cedar', to, reason: 'growth' });
    expect(planBody('cedar', to, ' ')).toEqual({ tenantId: 'cedar', to });
    expect(problemOfPlanReason('')).toEqual({});
    expect(problemOfPlanReason('a'.repeat(1_001))).toHaveProperty('reason');
  });
});

describe('a start', () => {
  test('quotes the plan and leaves the deployment’s settings as they are', () => {
    expect(startBody(draft, quoted)).toEqual({
      ...{ plan: { migrationId: 'mig-1', etag: '"e"' }, holdCutover: false, reason: 'growth' },
    });
  });

  test('has what was typed', () => {
    const typed = { ...draft, cutover: 'held', hold: '0.5', write: '100', read: '50' } as const;
    expect(startBody(typed, quoted)).toMatchObject({
      ...{ holdCutover: true, holdMs: HOUR_MS / 2, writeUnitsPerSecond: 100, readUnitsPerSecond: 50 },
    });
  });

  test('needs a reason, a hold that is a time, and limits that are whole units', () => {
    const wrong = { ...draft, reason: ' ', hold: '-1', write: '0', read: '1.5' };
    expect(Object.keys(problemsOf(wrong, quoted)).sort()).toEqual(['hold', 'read', 'reason', 'write']);
    expect(problemsOf(draft, quoted)).toEqual({});
  });

  test('that no rollback can follow is confirmed by the tenant’s id', () => {
    const gone = { ...draft, hold: '0' };
    expect(isIrreversible(gone, quoted.defaultHoldMs)).toBe(true);
    expect(problemsOf(gone, quoted)).toHaveProperty('confirm');
    expect(problemsOf({ ...gone, confirm: 'cedar' }, quoted)).toEqual({});
    expect(problemsOf(draft, { ...quoted, defaultHoldMs: 0 })).toHaveProperty('confirm');
  });
});

const schools = { label: 'school', labels: 'schools' };
const tenant = { schoolCount: 15 };
const tiers = [
  { name: 'basic', placement: 'shared', dedicatedOnRequest: false, maxSchools: 10, maxTenants: 100 },
  { name: 'advanced', placement: 'shared', dedicatedOnRequest: true, maxSchools: 50, maxTenants: 20 },
] as const;
const possible = { elsewhere: false, allowed: true, reason: null, recommended: false };
const target = { placement: 'shared', ...possible } as const;

test('the recommended target comes first, and those that are not possible last, with their reasons', () => {
  const options = targetOptions(
    {
      tenant,
      targets: [
        { ...target, tier: 'basic', elsewhere: true, allowed: false, reason: 'it does not fit' },
        { ...target, tier: 'advanced' },
        { ...target, tier: 'advanced', placement: 'dedicated', recommended: true },
      ],
    },
    tiers,
    schools,
  );
  expect(options.map(({ value, isAllowed, isRecommended }) => [value, isAllowed, isRecommended])).toEqual([
    ['advanced.dedicated', true, true],
    ['advanced.shared', true, false],
    ['elsewhere', false, false],
  ]);
  expect(options.map(({ description }) => description)).toEqual([
    'Up to 50 schools; the tenant has 15. No other tenant is in the table.',
    'Up to 50 schools; the tenant has 15. Up to 20 tenants in a table.',
    'It does not fit.',
  ]);
  expect(options.map(({ to }) => to)).toEqual([
    { tier: 'advanced', dedicated: true },
    { tier: 'advanced', dedicated: false },
    'elsewhere',
  ]);
});

test('another table of an outgrown tier comes after the other tiers, and says that it does not help', () => {
  const options = targetOptions(
    {
      tenant,
      targets: [
        { ...target, tier: 'basic', elsewhere: true },
        { ...target, tier: 'advanced' },
      ],
    },
    tiers,
    schools,
  );
  expect(options.map(({ value }) => value)).toEqual(['advanced.shared', 'elsewhere']);
  expect(options[1]?.description).toContain('stays above the limit');
});

test('the form says why no target is recommended, while no move is due', () => {
  const optionsOf = (recommended: boolean) =>
    targetOptions({ tenant, targets: [{ ...target, tier: 'advanced', recommended }] }, tiers, schools);
  const stay = { decision: { kind: 'stay', reason: 'x' } } as const;
  const manual = { decision: { kind: 'manualAction', reason: 'x' } } as const;
  expect(noneRecommended(optionsOf(false), stay)).toContain('No move is due');
  expect(noneRecommended(optionsOf(true), stay)).toBeUndefined();
  expect(noneRecommended(optionsOf(false), manual)).toBeUndefined();
});

test('a limit is stated in what the deployment counts', () => {
  const [option] = targetOptions({ tenant, targets: [{ ...target, tier: 'advanced' }] }, tiers, {
    label: 'campus',
    labels: 'campuses',
  });
  expect(option?.description).toBe('Up to 50 campuses; the tenant has 15. Up to 20 tenants in a table.');
});

test('a dry run is requested again with the target that it had', () => {
  const source = { tier: 'basic', placement: 'shared', table: 'basic' } as const;
  expect(targetOf({ source, target: source })).toBe('elsewhere');
  expect(targetOf({ source, target: { tier: 'advanced', placement: 'dedicated' } })).toEqual({
    ...{ tier: 'advanced', dedicated: true },
  });
});

test('entity types are in the order of their size, each as a share of the largest', () => {
  const shares = entityShares({
    byEntityType: { SCHOOL: { items: 10, bytes: 100 }, GRADE: { items: 5, bytes: 400 } },
    ...{ largestItemBytes: 1, tableWriteUnits: 1, indexWriteUnits: 1 },
  });
  expect(shares).toEqual([
    { type: 'GRADE', items: 5, bytes: 400, itemsShare: 0.5, bytesShare: 1 },
    { type: 'SCHOOL', items: 10, bytes: 100, itemsShare: 1, bytesShare: 0.25 },
  ]);
});

test('the cost has its parts, the largest first, and their total', () => {
  const estimate = {
    ...{ stages: [], readUnits: 0, writeUnits: 0, seconds: 0, fenceMs: 0, pricesAsOf: '2025-06' },
    usd: { reads: 0.1, writes: 0.2, total: 0.3 },
  };
  expect(costParts(estimate)).toEqual([
    { label: 'Writes', usd: 0.2 },
    { label: 'Reads', usd: 0.1 },
  ]);
  expect(totalCost(estimate)).toBe(0.3);
});

test('blockers come before warnings', () => {
  const finding = { message: 'm', remedy: 'r' };
  const findings = [
    { ...finding, level: 'warning', code: 'a' },
    { ...finding, level: 'blocker', code: 'b' },
  ] as const;
  expect(findingsInOrder({ findings }).map(({ code }) => code)).toEqual(['b', 'a']);
});

test('a sentence begins with a capital unless it begins with a name', () => {
  expect(sentence('the hold is over')).toBe('The hold is over.');
  expect(sentence('saas-data used 71 % of its capacity.')).toBe('saas-data used 71 % of its capacity.');
  expect(sentence('15 schools')).toBe('15 schools.');
});
