import { expect, test } from 'vitest';
import { transferOf } from '../../../functions/migration/apply/transfer.ts';
import { fenceWrites, reopenAfterCutover } from '../../../functions/migration/cutover/fence.ts';
import { saveKeysPastLeases } from '../../../functions/migration/cutover/give-up-cutover.ts';
import { WritesPastLeases } from '../../../functions/migration/cutover/past-leases.ts';
import { sentinelKeys } from '../../../functions/migration/items/sentinel.ts';
import type { Migration } from '../../../functions/migration/migration.ts';
import { entityKey } from '../../../functions/migration/names.ts';
import { releaseCutover } from '../../../functions/migration/operator/hold-cutover.ts';
import { cutoverWorld } from '../../support/cutover-world.ts';
import { aSegment } from '../../support/records.ts';

const entry = (key: string, sequence: string) => ({ key: entityKey(key), sequence, token: key });

test('a change counts as made after the leases only if it follows the sentinels around its key', () => {
  const [first, last] = sentinelKeys([aSegment(0)], 'n');
  const past = new WritesPastLeases([first, last].map((key) => entityKey(key ?? '')));
  past.see([entry('STUDENT#1', '99'), entry('STUDENT#2', '1500'), entry('STUDENT#3', '3000')]);
  expect(past.keys()).toEqual([]);
  past.see([entry(first ?? '', '1000'), entry(last ?? '', '2000')]);
  past.see([entry('STUDENT#4', '3001'), entry('STUDENT#5', 'compared')]);
  expect(past.keys()).toEqual(['STUDENT#3', 'STUDENT#4']);
});

/** A cutover that fences and gives up. */
const givesUp = async (keysPastLeases: number, direction: 'forward' | 'reverse' = 'forward') => {
  const world = await cutoverWorld(direction === 'reverse' ? { status: 'rollingBack' } : {});
  const { ports, migration, route } = world;
  const transfer = await transferOf(ports, migration, direction);
  if (direction === 'reverse')
    ports.routes.records.set(route.tenantId, { ...route, table: transfer.from.table });
  const read = async (): Promise<Migration> =>
    (await ports.migrations.get(migration.migrationId)) ?? migration;
  const give = async () => {
    const at = (await ports.routes.get(route.tenantId)) ?? route;
    const fenced = await fenceWrites({ ports, migration: await read(), direction, transfer }, at);
    const failed = { error: 'CutoverOverBudget', cause: 'too long', at: ports.clock.now(), keysPastLeases };
    await reopenAfterCutover(fenced, failed);
    const events = await ports.migrations.events(migration.migrationId);
    return { now: await read(), reason: events.at(-1)?.reason, failure: events.at(-1)?.failure };
  };
  return { ...world, give, read };
};

test('a cutover that gives up notes the reason in the record and in the audit trail', async () => {
  const { give, migration } = await givesUp(0);
  const next = { action: 'watch', migrationId: migration.migrationId };
  for (const _ of [1, 2, 3]) {
    const { now, reason, failure } = await give();
    expect(failure).toEqual({ error: 'CutoverOverBudget', next });
    expect(now).toMatchObject({ cutoverFailure: { error: 'CutoverOverBudget' }, cutoverHeld: false });
    expect(reason).toBe('cutover gave up, writes reopened: CutoverOverBudget: too long');
  }
});

test('the second cutover with writes after the leases holds the next; a release gives two more tries', async () => {
  const { ports, migration, give, source } = await givesUp(3);
  const words = `3 keys of ${source} were written after every lease had run out: a process writes without the router`;
  expect(await give()).toMatchObject({ now: { cutoverHeld: false }, reason: expect.stringContaining(words) });
  const { now, reason } = await give();
  expect(now).toMatchObject({ cutoverHeld: true, cutoversPastLeases: 2 });
  expect(reason).toMatch(/The next cutover is held$/);
  await releaseCutover(ports, migration.migrationId, { by: 'ops', reason: 'stopped it' });
  expect((await give()).now.cutoverHeld).toBe(false);
});

test('a rollback is not held, because its cutover has no hold', async () => {
  const { give } = await givesUp(3, 'reverse');
  await give();
  expect((await give()).now.cutoverHeld).toBe(false);
});

test('the keys of all tries are in the record and in the report', async () => {
  const { ports, migration } = await cutoverWorld();
  for (const keys of [['a', 'b'], [], ['b', 'c']])
    await saveKeysPastLeases({ ports, migration }, keys.map(entityKey));
  expect(await ports.migrations.report(migration.migrationId)).toMatchObject({
    pastLeases: { keys: ['a', 'b', 'c'], total: 3 },
  });
});
