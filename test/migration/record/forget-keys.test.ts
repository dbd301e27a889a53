import { expect, test } from 'vitest';
import { closeReport } from '../../../functions/migration/clean-up/close-report.ts';
import { Conflict, Unavailable } from '../../../functions/migration/errors.ts';
import type { Migration } from '../../../functions/migration/migration.ts';
import { entityKey, readUnits, type SegmentNumber, writeUnits } from '../../../functions/migration/names.ts';
import { planMigration } from '../../../functions/migration/plan/plan-migration.ts';
import type { Ports } from '../../../functions/migration/ports.ts';
import { closeRollback } from '../../../functions/migration/rollback/close-rollback.ts';
import type { Segments } from '../../../functions/migration/segments/segments-port.ts';
import { altered } from '../../support/altered.ts';
import { cutoverWorld } from '../../support/cutover-world.ts';
import { aSegment } from '../../support/records.ts';

const KEY = entityKey('STUDENT#ada');
const DIFFERS = entityKey('STUDENT#eve');
const number = 0 as SegmentNumber;
const units = { read: readUnits(0), write: writeUnits(0) };

/** A migration whose records contain a key wherever they can. */
const world = async (given: Partial<Migration>) => {
  const { ports, migration } = await cutoverWorld(given);
  const { migrationId } = migration;
  const movable = { byEntityType: {}, largestItemBytes: 0, tableWriteUnits: 0, indexWriteUnits: 0 };
  const survey = { ...movable, unmovable: [{ kind: 'reserved-key' as const, items: 1, keys: [KEY] }] };
  const mismatch = { differences: [{ key: DIFFERS, kind: 'extra' as const }], differing: 1 };
  await ports.segments.add(migrationId, [aSegment(0, { range: { after: KEY } })]);
  await ports.segments.record(migrationId, number, { survey, mismatch }, 'survey', units);
  if (!migration.dryRun) await ports.migrations.saveHotKeys(migrationId, [KEY]);
  if (!migration.dryRun)
    await ports.migrations.saveFenceSentinels(migrationId, [{ key: KEY, sequence: '1' }]);
  const read = async () => (await ports.migrations.get(migrationId)) ?? migration;
  const records = async () =>
    JSON.stringify([
      await ports.segments.get(migrationId, number),
      await ports.migrations.hotKeys(migrationId),
      await ports.migrations.fenceSentinels(migrationId),
    ]);
  return { ports, migration, read, records };
};

const CLOSINGS = [
  { what: 'completed', status: 'cleaningUp', close: closeReport },
  { what: 'rolled back', status: 'rollingBack', close: closeRollback },
] as const;

test.each(CLOSINGS)('a migration that is $what keeps no key but those that differed', async (given) => {
  const { ports, migration, records } = await world({ status: given.status });
  await given.close(ports, migration);
  expect(await records()).not.toContain(KEY);
  expect(await records()).toContain(DIFFERS);
});

test.each(CLOSINGS)(
  'a step that crashed before it had deleted keys deletes them when it runs again: $what',
  async ({ status, close }) => {
    const { ports, migration, read, records } = await world({ status });
    const failing: Ports = {
      ...ports,
      segments: altered<Segments>(ports.segments, {
        forgetKeys: () => Promise.reject(new Unavailable('planted')),
      }),
    };
    await expect(close(failing, migration)).rejects.toThrow(Unavailable);
    expect(await records()).toContain(KEY);
    const closed = await read();
    expect(closed.status).not.toBe(status);
    await close(ports, closed);
    expect(await records()).not.toContain(KEY);
  },
);

test.each(CLOSINGS)('keys stay while another attempt may need them: $what', async ({ status, close }) => {
  const { ports, migration, read, records } = await world({ status });
  await ports.migrations.update(migration, { attempt: migration.attempt + 1 });
  await expect(close(ports, migration)).rejects.toThrow(Conflict);
  expect((await read()).status).toBe(status);
  expect(await records()).toContain(KEY);
});

test('a dry run keeps keys only in its plan, which stays as it is when the step runs again', async () => {
  const { ports, migration, read, records } = await world({ status: 'planning', dryRun: true });
  await planMigration(ports, migration);
  const plan = await ports.migrations.plan(migration.migrationId);
  expect(plan?.findings).toContainEqual(expect.objectContaining({ code: 'reserved-key', keys: [KEY] }));
  expect(await records()).not.toContain(KEY);
  await planMigration(ports, await read());
  expect(await ports.migrations.plan(migration.migrationId)).toEqual(plan);
});
