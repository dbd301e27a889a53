import type { ControlRecord, ControlRecords } from '../../../functions/migration/doctor/control-records.ts';
import { FakeMigrations } from '../../support/fake-migrations.ts';
import type { FakePorts } from '../../support/fake-ports.ts';

/** The records themselves: a story sets fields that no single step would set. */
export const recordsOf = ({ migrations }: FakePorts): FakeMigrations['records'] => {
  if (migrations instanceof FakeMigrations) return migrations.records;
  throw new Error('the world is not one of fakes');
};

/** The control records of a world in memory, for the doctor to read; nothing is mended in it. */
export const fakeControl = (ports: FakePorts): ControlRecords => {
  const notHere = async () => {
    throw new Error('a world in memory mends nothing');
  };
  return {
    async *all(table): AsyncGenerator<ControlRecord> {
      if (table === 'registry') {
        for await (const tenant of ports.registry.tenants()) yield { kind: 'tenant', tenant };
        for (const one of (await ports.registry.allTables()).tables) yield { kind: 'table', table: one };
      }
      if (table === 'routes')
        for (const route of ports.routes.records.values()) yield { kind: 'route', route };
      if (table !== 'migrations') return;
      for (const migration of recordsOf(ports).values()) yield { kind: 'migration', migration };
      for await (const { tenantId } of ports.registry.tenants()) {
        const migrationId = await ports.migrations.latest(tenantId);
        if (migrationId !== undefined) yield { kind: 'latest', tenantId, migrationId };
      }
    },
    addRoute: notHere,
    addTenant: notHere,
    setTenant: notHere,
    setCounts: notHere,
    setLatest: notHere,
    setMigration: notHere,
  };
};
