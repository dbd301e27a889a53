import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { applyRounds } from '../../../functions/migration/apply/apply-rounds.ts';
import type { Transfer } from '../../../functions/migration/apply/transfer.ts';
import { runUnderApplierClaim } from '../../../functions/migration/claims/run-under-applier-claim.ts';
import { concludeKeptSource } from '../../../functions/migration/clean-up/conclude-kept-source.ts';
import { Budget } from '../../../functions/migration/cutover/budget.ts';
import { TouchedComparison } from '../../../functions/migration/cutover/compare-touched.ts';
import type { Cutover } from '../../../functions/migration/cutover/cutover-context.ts';
import { applyUntil, drain } from '../../../functions/migration/cutover/drain.ts';
import { WritesPastLeases } from '../../../functions/migration/cutover/past-leases.ts';
import { ForeignWrite, SourceChangedAfterFlip } from '../../../functions/migration/errors.ts';
import type { Item } from '../../../functions/migration/items/items.ts';
import { sentinelKey, sentinelKeys } from '../../../functions/migration/items/sentinel.ts';
import type { Migration } from '../../../functions/migration/migration.ts';
import { entityKey } from '../../../functions/migration/names.ts';
import type { Side } from '../../../functions/migration/route/route.ts';
import { type FakePorts, fakePorts } from '../../support/fake-ports.ts';
import { aMigration, aSegment } from '../../support/records.ts';

/** Protocol F7: a full read of the journal has not returned everything. */

/** Number of journal entries that one read requests, beyond those of this try's sentinels. */
const READ = 1_000;

interface World {
  readonly ports: FakePorts;
  readonly migration: Migration;
  readonly transfer: Transfer;
  put(side: Side, key: string, value: string): Promise<void>;
  valueOn(side: Side, key: string): Promise<string | undefined>;
  journal(side: Side, keys: readonly string[]): Promise<void>;
}

const aWorld = async (settings: object = {}, given: Partial<Migration> = {}): Promise<World> => {
  const ports = fakePorts(settings);
  const migration = aMigration({ status: 'cuttingOver', ...given });
  const { migrationId, tenantId } = migration;
  const transfer: Transfer = {
    from: { side: 'source', table: migration.source.table },
    to: { side: 'target', table: aMigration().source.table },
  };
  for (const { table } of [transfer.from, transfer.to])
    await ports.tables.create(table, ports.settings.tableDesign);
  await ports.migrations.create(migration);
  const tableOf = (side: Side) => (side === transfer.from.side ? transfer.from.table : transfer.to.table);
  return {
    ports,
    migration,
    transfer,
    async put(side, key, value) {
      const item: Item = { tenantId: { S: tenantId }, entityKey: { S: key }, value: { S: value } };
      await ports.partition(tenantId).write(tableOf(side), { puts: [item], deletes: [] });
    },
    async valueOn(side, key) {
      const [item] = await ports.partition(tenantId).get(tableOf(side), [entityKey(key)]);
      return item?.value?.S;
    },
    async journal(side, keys) {
      await ports.journal.addEntries(
        migrationId,
        side,
        keys.map((key) => ({ key: entityKey(key), sequence: '1' })),
      );
    },
  };
};

/**
 * Capture was late during the earlier tries. It delivers their sentinels, the change and this try's sentinels at once.
 */
const aLateCapture = fc.record({
  segments: fc.integer({ min: 1, max: 30 }),
  /** Journal entries of sentinels of earlier tries, on each side. */
  old: fc.integer({ min: READ - 50, max: READ + 300 }),
  key: fc.constantFrom('ATTENDANCE#1', 'SCHOOL#7', 'STUDENT#00500', 'TEACHER#000007', '\u{10FFFE}'),
  seed: fc.uuid(),
});
type LateCapture = typeof aLateCapture extends fc.Arbitrary<infer T> ? T : never;

const drained = async (
  { segments: count, old, key, seed }: LateCapture,
  prepare: (world: World, key: string) => Promise<void>,
): Promise<World> => {
  const world = await aWorld();
  const { ports, migration, transfer } = world;
  const cutover: Cutover = { ports, migration, direction: 'forward', transfer };
  const segments = Array.from({ length: count }, (_, n) =>
    aSegment(n, { range: n === 0 ? {} : { after: entityKey(`STUDENT#${String(n * 40).padStart(5, '0')}`) } }),
  );
  const sentinels = sentinelKeys(segments, seed);
  const earlier = Array.from({ length: Math.ceil(old / sentinels.length) }, (_, n) =>
    sentinelKeys(segments, `${n}-${seed}`.slice(0, 36)),
  ).flat();
  for (const side of ['source', 'target'] as const) await world.journal(side, earlier.slice(0, old));
  await prepare(world, key);
  for (const side of ['source', 'target'] as const) await world.journal(side, sentinels);
  const budget = new Budget(ports.clock, 10_000);
  const touched = new TouchedComparison(cutover, { touchedFrom: 0, budget });
  await runUnderApplierClaim(ports, migration, transfer.to.table, (applier) =>
    drain(cutover, {
      sentinels,
      touched,
      applier,
      budget,
      past: new WritesPastLeases(sentinels),
    }),
  );
  return world;
};

describe('protocol F7: a drain behind late capture', () => {
  test('applies the change, however many sentinels of earlier tries are in the journal', async () => {
    await fc.assert(
      fc.asyncProperty(aLateCapture, async (late) => {
        const world = await drained(late, async ({ put, journal }, key) => {
          await put('source', key, 'acknowledged');
          await put('target', key, 'before');
          await journal('source', [key]);
        });
        expect(await world.valueOn('target', late.key)).toBe('acknowledged');
      }),
      { numRuns: 40 },
    );
  });

  test('refuses a foreign write, however many sentinels of earlier tries are in the journal', async () => {
    await fc.assert(
      fc.asyncProperty(aLateCapture, async (late) => {
        const draining = drained(late, async ({ put, journal }, key) => {
          await put('target', key, 'foreign');
          await journal('target', [key]);
        });
        await expect(draining).rejects.toThrow(ForeignWrite);
      }),
      { numRuns: 40 },
    );
  });

  test('refuses more foreign writes than one read returns, and does not wait for its budget', async () => {
    const keys = Array.from({ length: 2 * READ }, (_, n) => `STUDENT#${n}`);
    const late: LateCapture = { segments: 3, old: 0, key: 'SCHOOL#7', seed: 'now' };
    const draining = drained(late, async ({ put, journal }) => {
      for (const key of keys) await put('target', key, 'foreign');
      await journal('target', keys);
    });
    await expect(draining).rejects.toThrow(ForeignWrite);
  });
});

/** They sort before every key of an application. */
const manySentinels = (items: number) =>
  Array.from({ length: items }, (_, n) => sentinelKey(undefined, `earlier-${n}`));

test('protocol F7: while leases run out, a change behind sentinels of earlier tries is applied', async () => {
  const { ports, migration, transfer, put, journal, valueOn } = await aWorld();
  await journal('source', manySentinels(2_000));
  await put('source', 'TEACHER#1', 'acknowledged');
  await journal('source', ['TEACHER#1']);
  const until = ports.clock.monotonic() + 1_000;
  await runUnderApplierClaim(ports, migration, transfer.to.table, (applier) =>
    applyUntil({ ports, migration, direction: 'forward', transfer }, until, {
      applier,
      applying: () => undefined,
    }),
  );
  expect(await valueOn('target', 'TEACHER#1')).toBe('acknowledged');
});

test('protocol F7: a full read never counts as a small backlog, whatever backlog a cutover accepts', async () => {
  const { ports, migration, transfer, put, journal } = await aWorld({ cutoverBacklog: 2_000 });
  const keys = Array.from({ length: 5_000 }, (_, n) => `STUDENT#${n}`);
  for (const key of keys) await put('source', key, 'acknowledged');
  await journal('source', keys);
  const applied = await applyRounds(ports, migration, transfer, { deadline: Number.POSITIVE_INFINITY });
  expect(applied.left).toBeLessThanOrEqual(2_000);
  const left = await ports.journal.entries(migration.migrationId, 'source', 10_000);
  expect(left.length).toBeLessThanOrEqual(2_000);
});

test('protocol F7: a straggler behind thousands of sentinels stops the clean-up', async () => {
  const { ports, migration, transfer, put, journal } = await aWorld({}, { status: 'holding' });
  const { migrationId } = migration;
  await ports.migrations.chooseTarget(migration, { table: transfer.to.table, createsTable: false });
  await put('source', 'TEACHER#1', 'straggler');
  await journal('source', manySentinels(12_000));
  await journal('source', ['TEACHER#1']);
  await expect(concludeKeptSource(ports, migration)).rejects.toThrow(SourceChangedAfterFlip);
  const { differences } = await ports.migrations.foreign(migrationId);
  expect(differences.map(({ key }) => key)).toEqual(['TEACHER#1']);
});
