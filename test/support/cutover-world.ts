import type { Migration } from '../../functions/migration/migration.ts';
import type { TableName } from '../../functions/migration/names.ts';
import type { Route } from '../../functions/migration/route/route.ts';
import { type FakePorts, fakePorts } from './fake-ports.ts';
import { aMigration, aRoute, newTableName, newTenantId } from './records.ts';

export interface CutoverWorld {
  readonly ports: FakePorts;
  readonly migration: Migration;
  readonly route: Route;
  readonly source: TableName;
  readonly target: TableName;
}

/** Creates a migration between two tables in memory. By default it is about to begin its cutover. */
export const cutoverWorld = async (
  given: Partial<Migration> = {},
  routeGiven: Partial<Route> = {},
): Promise<CutoverWorld> => {
  const ports = fakePorts();
  const [source, target] = [newTableName(), newTableName()];
  for (const table of [source, target]) await ports.tables.create(table, ports.settings.tableDesign);
  const tenantId = newTenantId();
  const made = aMigration();
  const migration = aMigration({
    tenantId,
    source: { ...made.source, table: source },
    target: { ...made.target, table: target },
    status: 'catchingUp',
    ...given,
  });
  await ports.migrations.create(migration);
  await ports.migrations.chooseTarget(migration, { table: target, createsTable: false });
  const route = aRoute({ tenantId, table: source, ...routeGiven });
  ports.routes.records.set(tenantId, route);
  return { ports, migration, route, source, target };
};
