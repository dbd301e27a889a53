import { expect, test } from 'vitest';
import { TableNotFound } from '../../functions/migration/errors.ts';
import { sentinelKey } from '../../functions/migration/items/sentinel.ts';
import { putSentinels } from '../../functions/migration/journal/place-sentinels.ts';
import { entityKey, type MigrationId, type TableName } from '../../functions/migration/names.ts';
import { tableDifferences } from '../../functions/migration/provision/table-differences.ts';
import { newTableName, newTenantId } from '../support/records.ts';
import { until } from '../support/until.ts';
import { inBothWorlds } from '../support/worlds.ts';

inBothWorlds('tables', (ports) => {
  const design = () => ports().settings.tableDesign;
  const active = (table: TableName) =>
    until(`${table} to be ACTIVE`, async () => {
      const found = await ports().tables.describe(table);
      return found?.status === 'ACTIVE' && found;
    });
  const gone = (table: TableName) =>
    until(`${table} to be gone`, async () => (await ports().tables.describe(table)) === undefined);
  const created = async (given = design()) => {
    const table = newTableName();
    await ports().tables.create(table, given);
    await active(table);
    return table;
  };

  test('several migrations may create and configure one table concurrently', async () => {
    const { tables } = ports();
    for (let round = 0; round < 5; round += 1) {
      const table = newTableName();
      const all = (work: () => Promise<unknown>) => Promise.all(Array.from({ length: 8 }, work));
      await all(() => tables.create(table, design()));
      await active(table);
      await all(() => tables.configure(table, design()));
      expect((await tables.describe(table))?.ttlAttribute).toBe(design().ttlAttribute);
    }
  });

  test('a created and configured table matches the catalogue', async () => {
    const { tables } = ports();
    const table = await created();
    const without = { ...design(), ttlAttribute: undefined, pointInTimeRecovery: false };
    expect(tableDifferences(await active(table), without)).toEqual([]);
    await tables.configure(table, design());
    await tables.configure(table, design());
    const found = await active(table);
    expect(tableDifferences(found, design())).toEqual([]);
    expect(found.hasLocalIndexes).toBe(false);
    expect(found.indexes.every((index) => index.active)).toBe(true);
  });

  test('a design without indexes or TTL, with other keys and another stream, is created as given', async () => {
    const { tables } = ports();
    const { ttlAttribute: _, ...plain } = { ...design(), indexes: [], streamView: 'KEYS_ONLY' as const };
    const bare = await created(plain);
    await tables.configure(bare, plain);
    expect(tableDifferences(await active(bare), plain)).toEqual([]);
    const partitionKey = { name: 'number', type: 'N' as const };
    const odd = {
      ...plain,
      indexes: [{ name: 'by-number', partitionKey, projection: 'KEYS_ONLY' as const }],
    };
    const other = await created(odd);
    await tables.configure(other, odd);
    expect(tableDifferences(await active(other), odd)).toEqual([]);
  });

  test('creating a table again is not an error and does not change it', async () => {
    const table = await created();
    await ports().tables.create(table, { ...design(), indexes: [] });
    expect((await active(table)).indexes).toHaveLength(design().indexes.length);
  });

  test('a new table has no connected readers, and no properties besides its design', async () => {
    const { tables } = ports();
    const table = await created();
    expect(await tables.integrations(table)).toEqual({ kinesisStreams: [] });
    expect(await tables.integrations(newTableName())).toBeUndefined();
    expect(await tables.capacity(table)).toEqual({});
    expect(await tables.capacity(newTableName())).toBeUndefined();
    const { vectorIndexes, replicas, tableClass, provisioned, mostOnDemand } = await active(table);
    expect({ vectorIndexes, replicas, tableClass, provisioned, mostOnDemand }).toEqual({});
  });

  test('a table is empty until it holds an item of any tenant', async () => {
    const { tables, partition } = ports();
    const table = await created();
    expect(await tables.isEmpty(table)).toBe(true);
    const tenantId = newTenantId();
    const item = { tenantId: { S: tenantId }, entityKey: { S: 'k' } };
    await partition(tenantId).write(table, { puts: [item], deletes: [] });
    expect(await tables.isEmpty(table)).toBe(false);
  });

  test('F18: a table with nothing but sentinels is empty, and an item among them counts', async () => {
    const { tables, partition } = ports();
    const table = await created();
    const tenantId = newTenantId();
    const keys = Array.from({ length: 60 }, (_, n) => sentinelKey(entityKey(`SCHOOL#${n}`), 'left'));
    await putSentinels(ports(), { migrationId: 'none' as MigrationId, tenantId }, table, keys);
    expect(await tables.isEmpty(table)).toBe(true);
    for (const key of [keys[59], 'SCHOOL#59']) {
      const item = { tenantId: { S: tenantId }, entityKey: { S: String(key) }, name: { S: 'an item' } };
      await partition(tenantId).write(table, { puts: [item], deletes: [] });
      expect(await tables.isEmpty(table)).toBe(false);
      await partition(tenantId).write(table, { puts: [], deletes: [entityKey(String(key))] });
    }
    expect(await tables.isEmpty(table)).toBe(true);
  });

  test('a table is deleted, protected or not, and deleting a missing table is not an error', async () => {
    const { tables } = ports();
    for (const deletionProtection of [false, true]) {
      const table = await created({ ...design(), deletionProtection });
      expect((await active(table)).deletionProtection).toBe(deletionProtection);
      await tables.delete(table);
      await gone(table);
      await tables.delete(table);
    }
  });

  test('operations on a missing table name it', async () => {
    const table = newTableName();
    const { tables } = ports();
    expect(await tables.describe(table)).toBeUndefined();
    for (const call of [() => tables.isEmpty(table), () => tables.configure(table, design())]) {
      await expect(call()).rejects.toThrow(TableNotFound);
      await expect(call()).rejects.toThrow(table);
    }
  });
});
