import { expect, test } from 'vitest';
import type { Figures, MigrationDetail, TableRow } from '../../../../functions/console/page/api/schema.ts';
import { paceReasons } from '../../../../functions/console/page/views/migration/pace.ts';
import { passOf } from '../../../../functions/console/page/views/migration/pass.ts';
import type { Sample } from '../../../../functions/console/page/views/migration/samples.ts';
import { aDetail, gaining, NOW, someFigures } from './a-detail.ts';

const reasonsOf = (
  detail: MigrationDetail,
  samples: readonly Sample[] = [],
  figures: Figures = someFigures(),
) => paceReasons({ detail, figures, samples, now: NOW, pass: passOf(detail.migration, figures, samples) });
const keysOf = (...given: Parameters<typeof reasonsOf>) => reasonsOf(...given).map(({ key }) => key);

test('a copy that nothing holds up says so, with its rate', () => {
  expect(reasonsOf(aDetail(), gaining({ copied: 240 }))).toEqual([
    { key: 'usual', level: 'success', what: 'Nothing holds it up: 240 items/s.' },
  ]);
});

test('a limit that is used up is named, with how far', () => {
  const limits = { readUnitsPerSecond: 1_500, writeUnitsPerSecond: 500 };
  const [reason] = reasonsOf(aDetail(), gaining({ copied: 100, writeUnits: 490 }), someFigures({ limits }));
  expect(reason?.what).toBe('Its write limit of 500 units a second is used to 98 %.');
  expect(keysOf(aDetail(), gaining({ writeUnits: 300 }), someFigures({ limits }))).toEqual(['usual']);
});

test('an application that writes faster than is applied comes before a limit', () => {
  const convergence = {
    ...{ since: new Date(NOW - 60_000).toISOString(), backlog: 8_400, notConverging: true },
    ...{ journalledPerSecond: 310, appliedPerSecond: 290 },
  };
  const reasons = reasonsOf(aDetail({ status: 'catchingUp', convergence }), gaining({ readUnits: 1_490 }));
  expect(reasons.map(({ key }) => key)).toEqual(['convergence', 'limit-read']);
  expect(reasons[0]).toMatchObject({
    level: 'warning',
    what: 'The application changes 310 keys/s and 290 keys/s are applied; 8,400 are left. It has been so for 1 min 00 s.',
  });
});

test('a paused migration is not said to be throttled, nor to stand still', () => {
  const samples = [...gaining({ throttles: 5 })];
  expect(keysOf(aDetail({ paused: true }), samples)).toEqual(['paused']);
  expect(keysOf(aDetail(), samples)).toEqual(['throttled']);
});

test('a copy without a gain for two minutes stands still', () => {
  const [first, second] = gaining({ copied: 1 });
  if (!first || !second) throw new Error('two samples');
  const later = { ...second, at: second.at + 130_000 };
  expect(keysOf(aDetail(), [first, second, later])).toEqual(['still']);
  expect(keysOf(aDetail(), [first, second])).toEqual(['usual']);
});

test('stragglers that refuse a rollback are named in the hold', () => {
  const action = { reason: null, next: null, danger: 'none', confirm: 'none', effect: '' } as const;
  const discarding = { ...action, name: 'rollback-discarding', allowed: true } as const;
  const refused = { ...action, name: 'rollback', allowed: false, reason: '2 keys were written' } as const;
  const holding = { status: 'holding', flippedAt: new Date(NOW).toISOString() } as const;
  expect(reasonsOf(aDetail(holding, { actions: [refused, discarding] }))).toEqual([
    { key: 'stragglers', level: 'warning', what: '2 keys were written.' },
  ]);
  const allowed = { ...refused, allowed: true, reason: null };
  expect(keysOf(aDetail(holding, { actions: [allowed, discarding] }))).toEqual(['usual']);
  expect(keysOf(aDetail({}, { actions: [refused, { ...discarding, allowed: false }] }))).toEqual(['usual']);
});

test('a stopped execution comes first, with its cause', () => {
  const stoppedBy = { error: 'Throttled', cause: 'no write for 10 minutes' };
  const [reason] = reasonsOf(aDetail({ cutoverHeld: true }, { execution: 'stopped', stoppedBy }));
  expect(reason).toMatchObject({
    key: 'stopped',
    level: 'error',
    what: 'Nothing works on it: Throttled: no write for 10 minutes.',
  });
});

test('keys that were written past the leases ask for that writer to be stopped', () => {
  const at = new Date(NOW).toISOString();
  const cutoverFailure = { error: 'CutoverOverBudget', cause: 'it took too long', at, keysPastLeases: 2 };
  const [reason] = reasonsOf(aDetail({ status: 'catchingUp', cutovers: 3, cutoverFailure }));
  expect(reason?.what).toBe('The latest of 3 cutovers gave up: it took too long.');
  expect(reason?.todo).toContain('2 keys were written past the router');
  const [while3rd] = reasonsOf(aDetail({ status: 'cuttingOver', fencedAt: at, cutovers: 3, cutoverFailure }));
  expect(while3rd?.what).toBe('The latest of 2 cutovers gave up: it took too long.');
  expect(keysOf(aDetail({ status: 'holding', flippedAt: at, cutovers: 3, cutoverFailure }))).toEqual([
    'usual',
  ]);
});

test('in its hold a migration says how far it is verified, and for how long the source is kept', () => {
  const wordsWith = (verified: number, rollbackUntil = new Date(NOW + 3_600_000).toISOString()) => {
    const items = { ...aDetail().items, verified };
    return reasonsOf(aDetail({ status: 'holding' }, { rollbackUntil }), [], someFigures({ items }))[0]?.what;
  };
  expect(wordsWith(250)).toBe(
    'The kept source is compared with the target: 250 of 1,000 items so far. The source is kept for another 1 h 00 min.',
  );
  expect(wordsWith(1_000, new Date(NOW).toISOString())).toBe(
    'All 1,000 items are verified. The hold is over; the source is compared again before it is deleted.',
  );
  expect(wordsWith(1_000)).toBe('All 1,000 items are verified. The source is kept for another 1 h 00 min.');
});

test.each([
  'queued',
  'planning',
  'cuttingOver',
  'cleaningUp',
  'completed',
  'rollingBack',
  'rolledBack',
  'cancelled',
  'failed',
] as const)('a migration that is %s has something to say', (status) => {
  const [reason] = reasonsOf(aDetail({ status }, { execution: 'ended' }));
  expect(reason?.what).toMatch(/^[A-Z].*\.$/);
});

test('a comparison of all keys is named as what the cutover waits for', () => {
  const detail = aDetail({ status: 'catchingUp' });
  const comparing = { counter: 'compared', label: 'Compared', done: 250, total: 1_000, rate: 40 } as const;
  const words = (done: number) =>
    paceReasons({
      ...{ detail, figures: undefined, samples: [], now: NOW },
      pass: { ...comparing, done, leftMs: undefined },
    })[0]?.what;
  expect(words(250)).toBe('All keys are compared before the cutover: 40 items/s.');
  expect(words(1_000)).toBe('Few changes are left to apply; the cutover follows.');
});

test('a throttled migration says how many write units the target has, if it has a maximum', () => {
  const detail = aDetail();
  const { table = '' } = detail.migration.target;
  const withCapacity = (write: number | null) => {
    const row: TableRow = {
      ...{
        table,
        stateTag: 'a',
        tier: 'advanced',
        placement: 'shared',
        freeSlots: 1,
        tenants: 1,
        reserved: 1,
        departing: 0,
      },
      ...{ state: 'active', use: { migrations: 1, read: 1_500, write: null } },
      capacity: { mode: 'onDemand', read: null, write },
    };
    const samples = gaining({ throttles: 5 });
    return paceReasons({ detail, figures: undefined, samples, pass: undefined, now: NOW, tables: [row] })[0]
      ?.what;
  };
  expect(withCapacity(1_200)).toMatch(
    / for it\. saas-tenant-data-basic has 1,200 write units\/s for all its tenants\.$/,
  );
  expect(withCapacity(null)).toMatch(/ no capacity left for it\.$/);
});

test('a migration that an operator had undone has not failed', () => {
  const cancellation = { by: 'ana', reason: 'not tonight', at: new Date(NOW).toISOString() };
  const failure = { error: 'MigrationCancelled', cause: 'cancelled by ana', at: new Date(NOW).toISOString() };
  expect(reasonsOf(aDetail({ status: 'cancelled', cancellation, failure }))).toEqual([
    {
      ...{ key: 'usual', level: 'success' },
      what: 'The tenant is in saas-tenant-data-basic, as before: cancelled by ana: not tonight.',
    },
  ]);
});

const OUT = new Date(NOW + 240_000).toISOString();
const undoing = (
  given: Partial<MigrationDetail['migration']>,
  rollback: MigrationDetail['rollback'],
  figures = someFigures(),
) => {
  const detail = aDetail({ status: 'rollingBack', ...given }, { rollback });
  const target = { ...detail.migration.target, table: 'saas-tenant-data-advanced' };
  return reasonsOf({ ...detail, migration: { ...detail.migration, target } }, [], figures);
};
const flipped = { flippedAt: OUT, cancellation: { by: 'ana', reason: 'too early' } };

test('a rollback says what it does now, where the tenant is, and for how long it waits', () => {
  const words = (rollback: MigrationDetail['rollback'], figures = someFigures()) =>
    undoing(flipped, rollback, figures)[0]?.todo;
  expect(words({ step: 'applying' })).toBe(
    'Changes made since the flip are applied to saas-tenant-data-basic; the flip back follows.',
  );
  expect(words({ step: 'fenced' })).toBe('Writes are fenced for a moment; the flip back follows.');
  expect(words({ step: 'comparing' })).toBe(
    'The tenant is in saas-tenant-data-basic again. saas-tenant-data-advanced is compared with it before the copies are deleted.',
  );
  expect(words({ step: 'waiting', waitsUntil: OUT })).toBe(
    'The tenant is in saas-tenant-data-basic again. A call that was made before may still arrive for 4 min 00 s; then the copies are deleted from saas-tenant-data-advanced.',
  );
  expect(words({ step: 'waiting', waitsUntil: new Date(NOW + 900).toISOString() })).toBe(
    'The tenant is in saas-tenant-data-basic again. The copies are deleted from saas-tenant-data-advanced next.',
  );
  expect(words({ step: 'discarding' }, someFigures({ itemsDiscarded: 130 }))).toBe(
    'The tenant is in saas-tenant-data-basic again. The copies are deleted from saas-tenant-data-advanced: 130 of 400 items so far.',
  );
});

test('a rollback that an operator requested is no warning, and one before the flip never left the source', () => {
  const [requested] = undoing(flipped, { step: 'discarding' });
  expect(requested).toMatchObject({
    ...{ level: 'info', what: 'It is being undone, requested by ana: too early.' },
  });
  expect(undoing({}, { step: 'discarding' })[0]).toEqual({
    ...{ key: 'rollback', level: 'warning', what: 'It is being undone.' },
    todo: 'The copies are deleted from saas-tenant-data-advanced.',
  });
});

test('a wait for late calls says what it delays, in the statuses that wait for it', () => {
  const late = (given: Partial<MigrationDetail['migration']>) =>
    reasonsOf(aDetail({ lateCallsOutAt: OUT, ...given })).find(({ key }) => key === 'late')?.what;
  const before = 'A write got no answer and may take effect for another 4 min 00 s; ';
  expect(late({ status: 'catchingUp' })).toBe(`${before}no flip comes before that.`);
  expect(late({ status: 'cleaningUp' })).toBe(`${before}the clean-up does not end before that.`);
  expect(late({ status: 'rollingBack' })).toBe(`${before}the rollback does not end before that.`);
  expect(late({ status: 'holding' })).toBeUndefined();
  const waiting = undoing({ ...flipped, lateCallsOutAt: OUT }, { step: 'waiting', waitsUntil: OUT });
  expect(waiting.map(({ key }) => key)).toEqual(['rollback']);
});

test('the wait for long leases before a cutover is named', () => {
  const all = { ...aDetail().items, compared: 1_000 };
  const words = (longLeasesOutAt: string) =>
    reasonsOf(aDetail({ status: 'catchingUp', longLeasesOutAt }), [], someFigures({ items: all }))[0]?.what;
  expect(words(OUT)).toBe(
    'The cutover follows in 4 min 00 s, once every router has a short lease; changes are applied meanwhile.',
  );
  expect(words(new Date(NOW).toISOString())).toBe('Few changes are left to apply; the cutover follows.');
});

test.each([
  ['planning', "The tenant's items are counted and surveyed."],
  ['provisioning', 'The target is prepared, and changes of the source are captured from now on.'],
  ['copying', 'The work begins.'],
  ['cleaningUp', "The tenant's items are deleted from saas-tenant-data-basic."],
] as const)('a migration that is %s without a rate says what it does', (status, words) => {
  expect(reasonsOf(aDetail({ status }))[0]?.what).toBe(words);
});
