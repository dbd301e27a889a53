import { expect, test } from 'vitest';
import type { MigrationRow, Queue, TenantRow } from '../../../functions/console/page/api/schema.ts';
import { isTouched } from '../../../functions/console/page/live/apply-events.ts';
import { occupancyOf } from '../../../functions/console/page/parts/occupancy.ts';
import { andMore } from '../../../functions/console/page/views/fleet/and-more.ts';
import { attentionOf, type FleetFacts } from '../../../functions/console/page/views/fleet/attention.ts';
import { openMigrations } from '../../../functions/console/page/views/fleet/open-migrations.ts';

const AT = '2026-01-02T03:04:05.000Z';
const location = { tier: 'basic', placement: 'shared', table: 'basic' } as const;
const row = (tenantId: string, given: Partial<MigrationRow> = {}): MigrationRow => ({
  ...{
    migrationId: `mig-${tenantId}`,
    tenantId,
    source: location,
    target: location,
    status: 'copying',
    attempt: 1,
  },
  ...{ dryRun: false, paused: false, cutoverHeld: false, requestedBy: 'ana', requestedAt: AT, reason: 'x' },
  ...{ holdMs: 0, cutovers: 0, stages: {}, updatedAt: AT, execution: 'running', next: null },
  ...given,
});
const limits = { total: 10, perSource: 4, perTarget: 4, urgentShare: 1.5 };
const queueOf = (given: Partial<Queue> = {}): Queue => ({
  ...{ stopped: [], running: [], waiting: [], damaged: null, limits },
  ...given,
});
const facts = (given: Partial<FleetFacts> = {}): FleetFacts => ({
  ...{ queue: queueOf(), open: [], failed: [], outgrown: [], now: Date.parse(AT) },
  ...given,
});
const running = (...migrations: MigrationRow[]) => migrations.map((migration) => ({ migration, since: AT }));

test('stopped migrations come first, then possible problems, then those that wait for an operator', () => {
  const convergence = {
    since: AT,
    backlog: 9_000,
    journalledPerSecond: 300,
    appliedPerSecond: 200,
    notConverging: true,
  };
  const items = attentionOf(
    facts({
      queue: queueOf({
        stopped: [row('stopped')],
        running: running(
          row('paused', { paused: true }),
          row('held', { status: 'catchingUp', cutoverHeld: true }),
          row('slow', { status: 'catchingUp', convergence }),
          row('well'),
        ),
        damaged: 'record ADMISSION is damaged',
      }),
    }),
  );
  expect(items.map(({ tenantId }) => tenantId)).toEqual([undefined, 'stopped', 'slow', 'paused', 'held']);
  expect(items[0]).toMatchObject({ level: 'error', view: 'doctor' });
  expect(items[2]?.what).toBe(
    'The application changes 300 keys a second and 200 are applied; 9,000 are left.',
  );
});

test('a failed migration is shown until its tenant migrates again, for a week at most', () => {
  const next = { action: 'retry', migrationId: 'mig-cedar' } as const;
  const failed = [row('cedar', { status: 'failed', next, execution: 'ended' })];
  expect(attentionOf(facts({ failed }))).toHaveLength(1);
  expect(attentionOf(facts({ failed, open: [row('cedar', { migrationId: 'mig-2' })] }))).toEqual([]);
  expect(attentionOf(facts({ failed, now: Date.parse(AT) + 8 * 24 * 60 * 60_000 }))).toEqual([]);
});

test('a tenant that has outgrown its tier and does not move automatically needs an operator', () => {
  const tenant = (tenantId: string, kind: TenantRow['decision']['kind']): TenantRow => ({
    ...{ tenantId, name: tenantId, ...location, schoolCount: 12, maxSchools: 10, share: 1.2, lockedBy: null },
    decision: { kind, reason: '12 schools, but it is pinned to tier basic' },
  });
  const items = attentionOf(facts({ outgrown: [tenant('cedar', 'manualAction'), tenant('birch', 'move')] }));
  expect(items).toEqual([expect.objectContaining({ tenantId: 'cedar', view: 'start', level: 'warning' })]);
});

test('running migrations are shown once each, latest first, without dry runs', () => {
  const queue = queueOf({ stopped: [row('stopped')], running: running(row('copying'), row('both')) });
  const lists = [
    row('both'),
    row('holding', { requestedAt: '2026-01-03T00:00:00.000Z' }),
    row('dry', { dryRun: true }),
  ];
  const shown = openMigrations(queue, lists);
  expect(shown.map(({ tenantId }) => tenantId)).toEqual(['holding', 'stopped', 'copying', 'both']);
  expect(shown[1]?.execution).toBe('stopped');
});

test('an event refreshes the documents of its migration and tenant, and the lists', () => {
  const changed = { ids: new Set(['mig-cedar', 'cedar']), tables: new Set(['basic']) };
  expect(isTouched(['/migrations/{migrationId}', { params: { migrationId: 'mig-cedar' } }], changed)).toBe(
    true,
  );
  expect(isTouched(['/tenants/{tenantId}', { params: { tenantId: 'cedar' } }], changed)).toBe(true);
  expect(isTouched(['/migrations/{migrationId}', { params: { migrationId: 'mig-birch' } }], changed)).toBe(
    false,
  );
  expect(isTouched(['/tenants', { query: { near: 80 } }, 'pages'], changed)).toBe(true);
  expect(isTouched(['/catalogue', {}], changed)).toBe(false);
});

test('a table says how many tenants it does not name', () => {
  expect(andMore(4, 4)).toBeUndefined();
  expect(andMore(2, 3)).toBeUndefined();
  expect(andMore(1_004, 4)).toBe('1,000\u00a0more');
});

test('a table that takes no tenant has no free slot', () => {
  const table = { table: 'basic', tier: 'basic', placement: 'shared' } as const;
  const counts = { freeSlots: 90, tenants: 7, reserved: 2, departing: 1 };
  expect(occupancyOf({ ...table, ...counts, state: 'active' })).toEqual({
    ...{ used: 10, limit: 100, free: 90, coming: 2, departing: 1 },
  });
  expect(occupancyOf({ ...table, ...counts, state: 'retiring' }).free).toBe(0);
});
