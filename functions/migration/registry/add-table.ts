import { InvalidRequest } from '../errors.ts';
import type { Ports } from '../ports.ts';
import { nextSharedTable } from '../provision/choose-table.ts';
import { tierOf } from '../settings.ts';
import { ensureTable } from './ensure-table.ts';
import { newTable } from './new-table.ts';
import type { TierTable } from './records.ts';

/**
 * Creates the next shared table of a tier and registers it, so that nobody has to wait for it later.
 * @throws InvalidRequest where the tier is not in the catalogue, or has no shared tables. @throws Conflict where
 *   somebody else has registered that table in the meantime. @throws NoRoom @throws NotSafe as `ensureTable`.
 */
export const addTable = async (ports: Ports, tierName: string): Promise<TierTable> => {
  const tier = tierOf(ports.settings, tierName);
  if (tier?.placement !== 'shared') {
    const shared = ports.settings.tiers.filter(({ placement }) => placement === 'shared');
    throw new InvalidRequest(
      `tier '${tierName}' ${tier ? 'has no shared tables' : 'is not in the catalogue'}; with shared tables: ${shared.map(({ name }) => name).join(', ')}`,
    );
  }
  const registered: TierTable[] = [];
  for await (const known of ports.registry.tables(tier.name)) registered.push(known);
  const added = newTable(tier, nextSharedTable(ports.settings, tier.name, registered));
  await ensureTable(ports, added.table);
  await ports.registry.addTable(added);
  return added;
};
