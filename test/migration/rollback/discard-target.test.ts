import { expect, test } from 'vitest';
import { entityKey, type TableName, type TenantId } from '../../../functions/migration/names.ts';
import type { Ports } from '../../../functions/migration/ports.ts';
import { discardTarget } from '../../../functions/migration/rollback/discard-target.ts';
import { cutoverWorld } from '../../support/cutover-world.ts';
import { heldMigration } from '../../support/held-migration.ts';
import { aRoute } from '../../support/records.ts';
import { itemsOf } from '../../support/tenants.ts';

const key = entityKey('STUDENT#1');
const put = (ports: Ports, tenantId: TenantId, table: TableName, value: string) => {
  const item = { tenantId: { S: tenantId }, entityKey: { S: key }, value: { S: value } };
  return ports.partition(tenantId).write(table, { puts: [item], deletes: [] });
};

/** The source has changed since a copy was put into the target, and the change is not yet journalled. */
const lateChange = async () => {
  const world = await cutoverWorld({ status: 'rollingBack', locked: true });
  const { ports, migration, source, target } = world;
  for (const table of [source, target]) await ports.tables.create(table, ports.settings.tableDesign);
  await ports.migrations.claimPartition(migration.migrationId, target);
  await put(ports, migration.tenantId, target, 'copied');
  await put(ports, migration.tenantId, source, 'changed since');
  const discardOnce = () => discardTarget(ports, migration, { deadline: Number.POSITIVE_INFINITY });
  return { ...world, discardOnce, left: () => itemsOf(ports, migration.tenantId, target) };
};

test('deleted items are counted, and items that stay are not', async () => {
  const { ports, migration, discardOnce, source, target } = await lateChange();
  const copied = { tenantId: { S: migration.tenantId }, entityKey: { S: 'STUDENT#2' } };
  for (const table of [source, target])
    await ports.partition(migration.tenantId).write(table, { puts: [copied], deletes: [] });
  expect(await discardOnce()).toMatchObject({ done: false });
  expect(await ports.migrations.get(migration.migrationId)).toMatchObject({ discardedItems: 1 });
});

test('F6: a proof of capture is waited for from when it was requested, however long the rollback has taken before', async () => {
  const { ports, migration, discardOnce, left } = await lateChange();
  ports.clock.advance(10 * ports.settings.captureMs);
  expect(await discardOnce()).toMatchObject({ done: false });
  await ports.journal.addEntries(migration.migrationId, 'source', [{ key, sequence: '1' }]);
  expect(await discardOnce()).toMatchObject({ done: true });
  expect(await left()).toEqual([]);
});

test('without an answer for captureMs the item stays, and the rollback ends', async () => {
  const { ports, discardOnce, left } = await lateChange();
  expect(await discardOnce()).toMatchObject({ done: false });
  ports.clock.advance(ports.settings.captureMs);
  expect(await discardOnce()).toMatchObject({ done: false });
  ports.clock.advance(1);
  expect(await discardOnce()).toMatchObject({ done: true });
  expect(await left()).toHaveLength(1);
});

const CAPTURE_MS = 60_000;

/** A rollback whose migration's record was last changed long before the target's copies are deleted. */
const given = async () => {
  const held = await heldMigration({}, { status: 'rollingBack' });
  const { ports, migration, source, target } = held;
  const { migrationId, tenantId } = migration;
  await ports.migrations.claimPartition(migrationId, target);
  ports.routes.records.set(tenantId, aRoute({ tenantId, table: source }));
  ports.clock.advance(10 * CAPTURE_MS);
  return {
    ...held,
    discard: () => discardTarget(ports, migration, { deadline: Number.POSITIVE_INFINITY }),
    proof: async () => (await ports.migrations.foreign(migrationId)).proof,
    left: () => [...(ports.tables.partition(tenantId).tables.get(target)?.keys() ?? [])],
  };
};

test('F5: late in a rollback, a change of the source that capture has not delivered does not make a copy a foreign write', async () => {
  const { source, write, capture, discard, left } = await given();
  await write(source, 'STUDENT#1', 'an ordinary write');
  expect(await discard()).toMatchObject({ done: false });
  await capture('source', 'STUDENT#1', '1');
  expect(await discard()).toMatchObject({ done: true });
  expect(left()).toEqual([]);
});

test('F5: capture that takes longer than a poll still proves a foreign write', async () => {
  const { ports, migration, target, write, capture, discard, proof, left } = await given();
  await write(target, 'STUDENT#3', 'put by another process');
  await discard();
  const asked = await proof();
  for (let n = 0; n < 3; n += 1) expect(await discard()).toMatchObject({ done: false });
  expect(await proof()).toBe(asked);
  await capture('source', asked ?? entityKey(''), '1');
  expect(await discard()).toMatchObject({ done: true });
  expect(left()).toEqual(['STUDENT#3']);
  const { differences } = await ports.migrations.foreign(migration.migrationId);
  expect(differences.map(({ key }) => key)).toEqual(['STUDENT#3']);
});

test('F5: an item that nothing proves to be ours stays once captureMs have passed since it was first found', async () => {
  const { ports, target, write, discard, left } = await given();
  await write(target, 'STUDENT#3', 'put by another process');
  expect(await discard()).toMatchObject({ done: false });
  ports.clock.advance(CAPTURE_MS + 1);
  expect(await discard()).toMatchObject({ done: true });
  expect(left()).toEqual(['STUDENT#3']);
});

test('if the source is gone, the copies stay: they may be all that is left of the tenant', async () => {
  const { ports, migration, source, discardOnce, left } = await lateChange();
  await ports.tables.delete(source);
  expect(await discardOnce()).toMatchObject({ done: true });
  expect(await left()).toHaveLength(1);
  expect(await ports.migrations.get(migration.migrationId)).toMatchObject({ status: 'rollingBack' });
});
