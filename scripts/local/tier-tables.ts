import type { Ports } from '../../functions/migration/ports.ts';
import { newTable } from '../../functions/migration/registry/new-table.ts';
import { sharedTableName } from '../../functions/migration/settings/settings.ts';

const POLL_MS = 50;

/** Creates and registers the first shared table of each tier with shared tables, if it is missing. */
export const createTierTables = async ({ ports }: { readonly ports: Ports }): Promise<void> => {
  for (const tier of ports.settings.tiers.filter(({ placement }) => placement === 'shared')) {
    const table = sharedTableName(ports.settings, tier.name, 1);
    if (await ports.registry.table(table)) continue;
    await ports.tables.create(table, ports.settings.tableDesign);
    while ((await ports.tables.describe(table))?.status !== 'ACTIVE') await ports.clock.sleep(POLL_MS);
    while (!(await ports.tables.configure(table, ports.settings.tableDesign)))
      await ports.clock.sleep(POLL_MS);
    await ports.streamReaders.connect(table);
    await ports.registry.addTable(newTable(tier, table));
  }
};
