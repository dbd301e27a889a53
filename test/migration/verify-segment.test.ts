import { expect, test } from 'vitest';
import { VerificationMismatch } from '../../functions/migration/errors.ts';
import { type Item, keyOf } from '../../functions/migration/items.ts';
import type { SegmentNumber } from '../../functions/migration/names.ts';
import type { Ports } from '../../functions/migration/ports.ts';
import { concludeVerification } from '../../functions/migration/verify/conclude-verification.ts';
import { verifySegment } from '../../functions/migration/verify/verify-segment.ts';
import { fakePorts } from '../support/fake-ports.ts';
import { aMigration, aSegment, newTableName } from '../support/records.ts';

const item = (tenantId: string, key: string, note: string): Item => ({
  tenantId: { S: tenantId },
  entityKey: { S: key },
  note: { S: note },
});

test('what can not be repaired is named by key and kind, and nothing is flipped', async () => {
  const ports = fakePorts();
  const target = newTableName();
  const migration = aMigration({ status: 'cuttingOver', registryChange: 'pending', locked: true });
  const { migrationId, tenantId, source } = migration;
  await ports.migrations.create(migration);
  await ports.migrations.saveCleanUp(migrationId, {
    table: target,
    createsTable: false,
    partitionClaimed: true,
  });
  await ports.segments.add(migrationId, [aSegment(0)]);
  for (const table of [source.table, target]) await ports.tables.create(table, ports.settings.tableDesign);
  const partition = ports.partition(tenantId);
  const of = (...entries: [string, string][]) => entries.map(([key, note]) => item(tenantId, key, note));
  await partition.write(source.table, {
    puts: of(['a', '1'], ['b', '1'], ['c', '1'], ['d', '1']),
    deletes: [],
  });
  await partition.write(target, { puts: of(['a', '1'], ['b', '2'], ['d', '1'], ['e', '1']), deletes: [] });
  // a target that answers every write with success and forgets it, but for one key
  const forgetful: Ports = {
    ...ports,
    partition: (id) => ({
      count: (...given) => ports.partition(id).count(...given),
      read: (...given) => ports.partition(id).read(...given),
      write: (table, { puts, deletes }) =>
        ports
          .partition(id)
          .write(table, { puts: puts.filter((put) => keyOf(put) === 'b'), deletes: [] })
          .then((done) => ({ ...done, unprocessed: { puts: [], deletes: deletes.slice(0, 0) } })),
    }),
  };
  await verifySegment(forgetful, migration, 0 as SegmentNumber);
  const segment = await ports.segments.get(migrationId, 0 as SegmentNumber);
  expect(segment.mismatch).toEqual({
    differing: 2,
    differences: [
      { key: 'c', kind: 'missing' },
      { key: 'e', kind: 'extra' },
    ],
  });
  expect(segment.verified?.repaired).toBe(3);
  await expect(concludeVerification(ports, migration)).rejects.toThrow(VerificationMismatch);
});
