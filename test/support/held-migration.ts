import type { Item } from '../../functions/migration/items/items.ts';
import type { Migration } from '../../functions/migration/migration.ts';
import { entityKey, type SegmentNumber, type TableName, tableName } from '../../functions/migration/names.ts';
import type { FakeClock } from './fake-clock.ts';
import { type FakePorts, fakePorts } from './fake-ports.ts';
import { aMigration, aRoute, aSegment } from './records.ts';

const SOURCE = tableName('source');
const TARGET = tableName('target');

/** A migration in its hold on fakes. Both sides have the same items, in one segment. */
export interface HeldMigration {
  readonly ports: FakePorts;
  readonly migration: Migration;
  readonly source: TableName;
  readonly target: TableName;
  readonly segment: SegmentNumber;
  /** Reads the migration's record. */
  now(): Promise<Migration>;
  /** Writes one item without router and capture. Deletes it if no value is given. */
  write(table: TableName, key: string, value?: string): Promise<void>;
  /** Journals a change of a key, as capture does, with a first change on the live side whose former item is unknown. */
  capture(side: 'source' | 'target', key: string, sequence: string): Promise<void>;
  /** Journals the migration's own put from before the flip, as if capture had delivered it late. */
  echo(side: 'source' | 'target', key: string, sequence: string): Promise<void>;
}

export const heldMigration = async (
  settings: object = {},
  given: Partial<Migration> = {},
  clock?: FakeClock,
): Promise<HeldMigration> => {
  const ports = fakePorts(settings, clock);
  for (const table of [SOURCE, TARGET]) await ports.tables.create(table, ports.settings.tableDesign);
  const migration = aMigration({
    source: { ...aMigration().source, table: SOURCE },
    target: { ...aMigration().target, table: TARGET },
    status: 'holding',
    locked: true,
    holdMs: 60_000,
    flippedAt: ports.clock.now(),
    ...given,
  });
  const { migrationId, tenantId } = migration;
  await ports.migrations.create(migration);
  await ports.migrations.chooseTarget(migration, { table: TARGET, createsTable: false });
  ports.routes.records.set(tenantId, aRoute({ tenantId, table: TARGET }));
  await ports.segments.add(migrationId, [aSegment(0)]);
  const held: HeldMigration = {
    ports,
    migration,
    source: SOURCE,
    target: TARGET,
    segment: 0 as SegmentNumber,
    async now() {
      const found = await ports.migrations.get(migrationId);
      if (!found) throw new Error(`${migrationId} is gone`);
      return found;
    },
    async write(table, key, value) {
      const at = { tenantId: { S: tenantId }, entityKey: { S: key } };
      const puts: Item[] = value === undefined ? [] : [{ ...at, value: { S: value } }];
      const deletes = value === undefined ? [entityKey(key)] : [];
      await ports.partition(tenantId).write(table, { puts, deletes });
    },
    async capture(side, key, sequence) {
      const isLive = side === (migration.reverseFlippedAt === undefined ? 'target' : 'source');
      if (isLive)
        await ports.journal.saveFirstChanges(migrationId, side, [{ key: entityKey(key), states: [] }]);
      await held.echo(side, key, sequence);
    },
    echo: (side, key, sequence) =>
      ports.journal.addEntries(migrationId, side, [{ key: entityKey(key), sequence }]),
  };
  for (const table of [SOURCE, TARGET])
    for (const key of ['SCHOOL#1', 'STUDENT#1', 'STUDENT#2']) await held.write(table, key, 'as flipped');
  return held;
};
