import { InvalidRequest } from '../errors.ts';
import { type TableName, type TenantId, tableName } from '../names.ts';
import type { Ports } from '../ports.ts';
import { nextSharedTable } from '../provision/choose-table.ts';
import { type Tier, tierOf } from '../settings.ts';
import { ensureTable } from './ensure-table.ts';
import { newTable } from './new-table.ts';
import type { TierTable } from './records.ts';

/**
 * Creates the next shared table of a tier and registers it, so that nobody has to wait for it later.
 * @param existing a table that was there before Tierferry, to be registered instead.
 * @throws InvalidRequest where the tier is not in the catalogue, or has no shared tables. @throws Conflict where
 *   somebody else has registered that table in the meantime. @throws NoRoom @throws NotSafe as `ensureTable`.
 */
export const addTable = async (ports: Ports, tierName: string, existing?: string): Promise<TierTable> => {
  const tier = tierOf(ports.settings, tierName);
  if (tier?.placement !== 'shared') {
    const shared = ports.settings.tiers.filter(({ placement }) => placement === 'shared');
    throw new InvalidRequest(
      `tier '${tierName}' ${tier ? 'has no shared tables' : 'is not in the catalogue'}; with shared tables: ${shared.map(({ name }) => name).join(', ')}`,
    );
  }
  if (existing !== undefined) return adoptTable(ports, tier, tableName(existing));
  const registered = await ports.registry.allTables();
  const added = newTable(tier, nextSharedTable(ports.settings, tier.name, registered));
  await ensureTable(ports, added.table);
  await ports.registry.addTable(added);
  return added;
};

/**
 * Registers a table that was there before Tierferry, under whatever name. Nobody knows what else is in it, so it is never
 * deleted.
 * @param owner of a dedicated one.
 * @throws InvalidRequest where it is not there. @throws Conflict where it is registered. @throws NotSafe as `ensureTable`.
 */
export const adoptTable = async (
  ports: Ports,
  tier: Tier,
  table: TableName,
  owner?: { readonly tenantId: TenantId },
): Promise<TierTable> => {
  if (!(await ports.tables.describe(table)))
    throw new InvalidRequest(`table ${table} does not exist; without --table one is created`);
  await ensureTable(ports, table, { isAdopted: true });
  const adopted: TierTable = { ...newTable(tier, table, owner), adopted: true };
  await ports.registry.addTable(adopted);
  return adopted;
};
