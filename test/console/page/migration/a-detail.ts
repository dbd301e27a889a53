import type { Figures, MigrationDetail } from '../../../../functions/console/page/api/schema.ts';
import type { Counter, Sample } from '../../../../functions/console/page/views/migration/samples.ts';

const passes = { total: 1_000, surveyed: 1_000, copied: 400, compared: 0, verified: 0, cleaned: 0 };
const location = { tier: 'basic', placement: 'shared', table: 'saas-tenant-data-basic' } as const;
export const NOW = Date.parse('2026-03-04T05:06:07.000Z');
const AT = '2026-03-04T05:00:00.000Z';

/** A migration as the API shows it, copying unless the test says otherwise. */
export const aDetail = (
  given: Partial<MigrationDetail['migration']> = {},
  around: Partial<Omit<MigrationDetail, 'migration'>> = {},
): MigrationDetail => ({
  migration: {
    ...{
      migrationId: 'mig-1',
      tenantId: 'cedar',
      source: location,
      target: { ...location, tier: 'advanced' },
    },
    ...{ status: 'copying', attempt: 1, dryRun: false, paused: false, cutoverHeld: false },
    ...{ requestedBy: 'ana', requestedAt: AT, reason: 'it grows', holdMs: 86_400_000, cutovers: 0 },
    ...{ stages: {}, updatedAt: AT },
    ...given,
  },
  ...{ execution: 'running', stoppedBy: null, segments: passes, items: passes, itemsCopied: 400 },
  ...{
    liveTable: location.table,
    rollback: null,
    rollbackUntil: null,
    executionArn: null,
    actions: [],
    actionsTag: '"1"',
    next: null,
  },
  ...around,
});

/** Figures of the same migration. */
export const someFigures = (given: Partial<Figures> = {}): Figures => {
  const none = { read: 0, write: 0 };
  return {
    ...{
      at: AT,
      items: passes,
      itemsCopied: 400,
      itemsDiscarded: 0,
      bytesCopied: 40_000,
      differing: 0,
      throttles: 0,
    },
    units: { survey: none, copy: none, verify: none, cleanUp: none, apply: none, discard: none },
    ...{
      expectedFlipAt: null,
      backlog: null,
      applying: null,
      limits: { readUnitsPerSecond: 1_500, writeUnitsPerSecond: null },
    },
    ...given,
  };
};

/** Two samples ten seconds apart, between which the counters gained this a second. */
export const gaining = (gain: Partial<Readonly<Record<Counter, number>>>): readonly Sample[] => {
  const zero = { surveyed: 0, copied: 0, compared: 0, cleaned: 0, discarded: 0, bytes: 0 };
  const first = {
    at: NOW - 10_000,
    ...zero,
    readUnits: 0,
    writeUnits: 0,
    throttles: 0,
    backlog: null,
    journalled: null,
    applied: null,
  };
  const gained = Object.entries(gain).map(([name, rate]) => [name, rate * 10]);
  return [first, { ...first, at: NOW, ...Object.fromEntries(gained) }];
};
