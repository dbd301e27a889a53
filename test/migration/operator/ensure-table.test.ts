import { expect, test } from 'vitest';
import { NoFreeSlot, NotSafe, TableInUse } from '../../../functions/migration/errors.ts';
import type { TableName, TenantId } from '../../../functions/migration/names.ts';
import { ensureTable } from '../../../functions/migration/operator/ensure-table.ts';
import { tableDifferences } from '../../../functions/migration/provision/table-differences.ts';
import { fakePorts } from '../../support/fake-ports.ts';
import { aTable, newTableName } from '../../support/records.ts';

const given = () => {
  const ports = fakePorts();
  const table = newTableName();
  const differences = async () => {
    const found = await ports.tables.describe(table);
    return found && tableDifferences(found, ports.settings.tableDesign);
  };
  const write = (name: TableName) =>
    ports
      .partition('a' as TenantId)
      .write(name, { puts: [{ tenantId: { S: 'a' }, entityKey: { S: 'k' } }], deletes: [] });
  return { ports, table, differences, write, ensure: () => ensureTable(ports, table) };
};

test('a new table is ready once recovery, which DynamoDB accepts and shows late, is on', async () => {
  const { ports, ensure, differences } = given();
  ports.tables.beLate({ recoveryRefused: 4, recoveryEnabling: 6 });
  await ensure();
  expect(await differences()).toEqual([]);
});

test('a run interrupted after the creation is finished by the next', async () => {
  const { ports, table, ensure, differences } = given();
  await ports.tables.create(table, ports.settings.tableDesign);
  await ensure();
  expect(await differences()).toEqual([]);
});

test('a table of that name that holds items is left as it is', async () => {
  const { ports, table, ensure, write } = given();
  await ports.tables.create(table, ports.settings.tableDesign);
  await write(table);
  await expect(ensure()).rejects.toThrow(NotSafe);
  expect((await ports.tables.describe(table))?.ttlAttribute).toBeUndefined();
});

test('an adopted table is left as it is, empty or not, and is not created again', async () => {
  const { ports, table, ensure } = given();
  await ports.registry.addTable(aTable({ table, isAdopted: true }));
  await expect(ensure()).rejects.toThrow('does not exist');
  await ports.tables.create(table, ports.settings.tableDesign);
  await expect(ensure()).rejects.toThrow('TTL attribute is absent');
  expect((await ports.tables.describe(table))?.ttlAttribute).toBeUndefined();
});

test('a temporarily refused call is retried, and given up with the reason', async () => {
  const { ports, ensure, differences } = given();
  const { configure } = ports.tables;
  let refusals = 3;
  ports.tables.configure = async (...args) => {
    if (refusals-- > 0) throw new TableInUse('another operation is under way');
    return configure.apply(ports.tables, args);
  };
  await ensure();
  expect(await differences()).toEqual([]);
  const never = given();
  never.ports.tables.beLate({ recoveryRefused: 1_000_000 });
  await expect(never.ensure()).rejects.toThrow(NoFreeSlot);
});
