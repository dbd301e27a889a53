import { expect, test } from 'vitest';
import { TargetPartitionNotEmpty } from '../../../functions/migration/errors.ts';
import type { Item } from '../../../functions/migration/items/items.ts';
import { sentinelKey } from '../../../functions/migration/items/sentinel.ts';
import { putSentinels } from '../../../functions/migration/journal/place-sentinels.ts';
import { entityKey } from '../../../functions/migration/names.ts';
import { claimTargetPartition } from '../../../functions/migration/provision/claim-target-partition.ts';
import { cutoverWorld } from '../../support/cutover-world.ts';
import { itemsOf } from '../../support/tenants.ts';

const leftKeys = Array.from({ length: 60 }, (_, n) => sentinelKey(entityKey(`SCHOOL#${n}`), 'earlier'));

/** An earlier migration has left sentinels in the target, where its own segments began. */
const leftSentinels = async () => {
  const world = await cutoverWorld({ status: 'provisioning' });
  const { ports, migration, source, target } = world;
  const { tenantId } = migration;
  for (const table of [source, target]) await ports.tables.create(table, ports.settings.tableDesign);
  await putSentinels(ports, migration, target, leftKeys);
  const put = (key: string, more: Item = {}) => {
    const item = { tenantId: { S: tenantId }, entityKey: { S: key }, ...more };
    return ports.partition(tenantId).write(target, { puts: [item], deletes: [] });
  };
  return { ports, migration, put, left: () => itemsOf(ports, tenantId, target) };
};

test('F18: sentinels that an earlier migration left do not prevent a tenant from coming back, and are deleted', async () => {
  const { ports, migration, left } = await leftSentinels();
  expect(await left()).toHaveLength(leftKeys.length);
  await claimTargetPartition(ports, migration);
  expect(await left()).toEqual([]);
  expect(await ports.migrations.undoRecord(migration.migrationId)).toMatchObject({ partitionClaimed: true });
});

test.each([
  ['an item of the tenant', 'SCHOOL#9', {}],
  ['an item whose key contains the word of sentinels', leftKeys[3] ?? '', { name: { S: 'an item' } }],
])('%s behind them is not a sentinel: it stays, and the partition is not claimed', async (_, key, more) => {
  const { ports, migration, put, left } = await leftSentinels();
  await put(key, more);
  await expect(claimTargetPartition(ports, migration)).rejects.toThrow(TargetPartitionNotEmpty);
  expect((await left()).map(({ entityKey }) => entityKey?.S)).toContain(key);
  expect(await ports.migrations.undoRecord(migration.migrationId)).toMatchObject({ partitionClaimed: false });
});
