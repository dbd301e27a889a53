import { expect, test } from 'vitest';
import { applyEntries } from '../../../functions/migration/apply/apply-entries.ts';
import { checkFilledSide } from '../../../functions/migration/apply/check-filled-side.ts';
import type { Transfer } from '../../../functions/migration/apply/transfer.ts';
import { type Item, keyOf } from '../../../functions/migration/items/items.ts';
import { type EntityKey, entityKey } from '../../../functions/migration/names.ts';
import { BatchWriter } from '../../../functions/migration/partition/batch-writer.ts';
import type { Side } from '../../../functions/migration/route/route.ts';
import { fakePorts } from '../../support/fake-ports.ts';
import { aMigration, newTableName } from '../../support/records.ts';

/** Data F1, between two tables in memory. */

const aWorld = async (source: readonly Item[], target: readonly Item[]) => {
  const ports = fakePorts();
  const migration = aMigration();
  const { migrationId, tenantId } = migration;
  const transfer: Transfer = {
    from: { side: 'source', table: newTableName() },
    to: { side: 'target', table: newTableName() },
  };
  const partition = ports.partition(tenantId);
  for (const [{ table }, items] of [[transfer.from, source] as const, [transfer.to, target] as const]) {
    await ports.tables.create(table, ports.settings.tableDesign);
    const puts = items.map((item) => ({ tenantId: { S: tenantId }, ...item }));
    await partition.write(table, { puts, deletes: [] });
  }
  const journalled = async (side: Side, keys: readonly EntityKey[]) => {
    const changes = keys.map((key) => ({ key, sequence: '1' }));
    await ports.journal.addEntries(migrationId, side, changes);
    return ports.journal.entries(migrationId, side, keys.length);
  };
  const valuesOn = async (side: 'from' | 'to', keys: readonly EntityKey[]) =>
    Object.fromEntries(
      (await partition.get(transfer[side].table, keys)).map((one) => [keyOf(one), one.value?.S]),
    );
  return { ports, migration, transfer, partition, journalled, valuesOn };
};
const past = String(Date.UTC(2025, 11, 31) / 1_000);
const expired = (key: string, value: string): Item => ({
  entityKey: { S: key },
  value: { S: value },
  expiresAt: { N: past },
});
const keysOf = (...keys: readonly string[]) => keys.map(entityKey);

test('expired items are applied: updated, new and deleted', async () => {
  const { ports, migration, transfer, partition, journalled, valuesOn } = await aWorld(
    [expired('updated', 'after'), expired('new', 'new')],
    [expired('updated', 'before'), expired('deleted', 'before')],
  );
  const keys = keysOf('updated', 'new', 'deleted');
  const writer = new BatchWriter(ports, partition, transfer.to.table);
  const entries = await journalled('source', keys);
  expect(await applyEntries(ports, migration, transfer, entries, writer)).toBe(3);
  expect(await valuesOn('to', keys)).toEqual({ updated: 'after', new: 'new' });
  expect(await ports.journal.journalledAmong(migration.migrationId, 'source', keys)).toEqual(new Set());
});

test('an entry of the filled side is removed if the item has expired on one side, and stays if values differ', async () => {
  const { ports, migration, transfer, journalled } = await aWorld(
    [expired('gone there', 'a'), expired('differs', 'a'), { entityKey: { S: 'lives' } }],
    [expired('gone here', 'a'), expired('differs', 'b')],
  );
  const entries = await journalled('target', keysOf('gone there', 'gone here', 'differs', 'lives'));
  const open = await checkFilledSide(ports, migration, transfer, entries);
  expect(open.map(({ entry }) => entry.key).sort()).toEqual(['differs', 'lives']);
});
