import { expect, test } from 'vitest';
import { wayOf } from '../../../functions/migration/apply/way.ts';
import { sentinelKeys } from '../../../functions/migration/capture/sentinel.ts';
import type { Migration } from '../../../functions/migration/migration.ts';
import { entityKey } from '../../../functions/migration/names.ts';
import { fenceWrites, openAgain } from '../../../functions/migration/routing/fence.ts';
import { saveKeysPastLeases } from '../../../functions/migration/routing/give-up-cutover.ts';
import { PastLeases } from '../../../functions/migration/routing/past-leases.ts';
import { letCutOver } from '../../../functions/migration/triggers/control-migration.ts';
import { cutoverWorld } from '../../support/cutover-world.ts';
import { aSegment } from '../../support/records.ts';

const mark = (key: string, sequence: string) => ({ key: entityKey(key), sequence, token: key });

test('a change counts as made after the leases only if it follows the sentinels around its key', () => {
  const [first, last] = sentinelKeys([aSegment(0)], 'n');
  const past = new PastLeases([first, last].map((key) => entityKey(key ?? '')));
  past.see([mark('STUDENT#1', '99'), mark('STUDENT#2', '1500'), mark('STUDENT#3', '3000')]);
  expect(past.keys()).toEqual([]);
  past.see([mark(first ?? '', '1000'), mark(last ?? '', '2000')]);
  past.see([mark('STUDENT#4', '3001'), mark('STUDENT#5', 'compared')]);
  expect(past.keys()).toEqual(['STUDENT#3', 'STUDENT#4']);
});

/** A cutover that fences and gives up. */
const givesUp = async (keysPastLeases: number, direction: 'forth' | 'back' = 'forth') => {
  const world = await cutoverWorld(direction === 'back' ? { status: 'rollingBack' } : {});
  const { ports, migration, route } = world;
  const way = await wayOf(ports, migration, direction);
  if (direction === 'back') ports.routes.records.set(route.tenantId, { ...route, table: way.from.table });
  const read = async (): Promise<Migration> =>
    (await ports.migrations.get(migration.migrationId)) ?? migration;
  const give = async () => {
    const at = (await ports.routes.get(route.tenantId)) ?? route;
    const { migration: fenced } = await fenceWrites(ports, await read(), at, way, direction);
    const failed = { error: 'CutoverOverBudget', cause: 'too long', at: ports.clock.now(), keysPastLeases };
    await openAgain(ports, fenced, direction, failed);
    const events = await ports.migrations.events(migration.migrationId);
    return { now: await read(), why: events.at(-1)?.why };
  };
  return { ...world, give, read };
};

test('a cutover that gives up notes the reason in the record and in the audit trail', async () => {
  const { give } = await givesUp(0);
  for (const _ of [1, 2, 3]) {
    const { now, why } = await give();
    expect(now).toMatchObject({ cutoverFailure: { error: 'CutoverOverBudget' }, cutoverHeld: false });
    expect(why).toBe('cutover gave up, writes reopened: CutoverOverBudget: too long');
  }
});

test('the second cutover with writes after the leases holds the next; a release gives two more tries', async () => {
  const { ports, migration, give, source } = await givesUp(3);
  const words = `3 keys of ${source} were written after every lease had run out: a process writes without the router`;
  expect(await give()).toMatchObject({ now: { cutoverHeld: false }, why: expect.stringContaining(words) });
  const { now, why } = await give();
  expect(now).toMatchObject({ cutoverHeld: true, cutoversPastLeases: 2 });
  expect(why).toMatch(/The next cutover is held$/);
  await letCutOver(ports, migration.migrationId, { by: 'ops', why: 'stopped it' });
  expect((await give()).now.cutoverHeld).toBe(false);
});

test('a rollback is not held, because its cutover has no hold', async () => {
  const { give } = await givesUp(3, 'back');
  await give();
  expect((await give()).now.cutoverHeld).toBe(false);
});

test('the keys of all tries are in the record and in the report', async () => {
  const { ports, migration } = await cutoverWorld();
  for (const keys of [['a', 'b'], [], ['b', 'c']])
    await saveKeysPastLeases(ports, migration, keys.map(entityKey));
  expect(await ports.migrations.report(migration.migrationId)).toMatchObject({
    pastLeases: { keys: ['a', 'b', 'c'], total: 3 },
  });
});
