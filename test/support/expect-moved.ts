import { expect } from 'vitest';
import type { Ports } from '../../functions/migration/ports.ts';
import type { Failed } from './failing-migration.ts';
import { itemsOf } from './tenants.ts';

/** The migration is complete: all of it on the target, nothing on the source, no lock. */
export const expectMoved = async (
  ports: Ports,
  { tenantId, source, target, items, migration }: Failed,
): Promise<void> => {
  expect((await ports.migrations.get(migration.migrationId))?.status).toBe('completed');
  expect(await itemsOf(ports, tenantId, target)).toEqual(items);
  expect(await itemsOf(ports, tenantId, source)).toEqual([]);
  const tenant = await ports.registry.tenant(tenantId);
  expect([tenant?.table, tenant?.lockedBy]).toEqual([target, undefined]);
};
