import { expect, test } from 'vitest';
import { entityKey, type TableName, type TenantId } from '../../../functions/migration/names.ts';
import type { Ports } from '../../../functions/migration/ports.ts';
import { discardTarget } from '../../../functions/migration/rollback/discard-target.ts';
import { cutoverWorld } from '../../support/cutover-world.ts';
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
  const look = () => discardTarget(ports, migration, { deadline: Number.POSITIVE_INFINITY });
  return { ...world, look, left: () => itemsOf(ports, migration.tenantId, target) };
};

test('F6: a proof of capture is waited for from when it was asked for, however long the rollback has taken before', async () => {
  const { ports, migration, look, left } = await lateChange();
  ports.clock.advance(10 * ports.settings.captureMs);
  expect(await look()).toMatchObject({ done: false });
  await ports.journal.mark(migration.migrationId, 'source', [{ key, sequence: '1' }]);
  expect(await look()).toMatchObject({ done: true });
  expect(await left()).toEqual([]);
});

test('without an answer for captureMs the item stays, and the rollback ends', async () => {
  const { ports, look, left } = await lateChange();
  expect(await look()).toMatchObject({ done: false });
  ports.clock.advance(ports.settings.captureMs);
  expect(await look()).toMatchObject({ done: false });
  ports.clock.advance(1);
  expect(await look()).toMatchObject({ done: true });
  expect(await left()).toHaveLength(1);
});
