import { expect } from 'vitest';
import type { Migration } from '../../functions/migration/migration.ts';
import type { TableName } from '../../functions/migration/names.ts';
import type { Ports } from '../../functions/migration/ports.ts';
import type { FailedMigration } from './failing-migration.ts';
import { itemsOf } from './tenants.ts';

/** Asserts that the migration is complete: all items on the target, none on the source, no lock. */
export const expectMoved = async (
  ports: Ports,
  { tenantId, source, items }: FailedMigration,
  { migrationId }: Pick<Migration, 'migrationId'>,
): Promise<void> => {
  const migration = await ports.migrations.get(migrationId);
  expect(migration?.status).toBe('completed');
  const target = migration?.target.table as TableName;
  expect(await itemsOf(ports, tenantId, target)).toEqual(items);
  expect(await itemsOf(ports, tenantId, source)).toEqual([]);
  const tenant = await ports.registry.tenant(tenantId);
  expect([tenant?.table, tenant?.lockedBy]).toEqual([target, undefined]);
};
