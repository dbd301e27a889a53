import { type App, Stack } from 'aws-cdk-lib';
import { parseSettings, type SettingsInput } from '../functions/migration/settings.ts';
import { ControlTables } from './control-tables.ts';
import { TenantTierMigration } from './tenant-tier-migration.ts';
import { TierTables } from './tier-tables.ts';

/** One deployment: what is kept (our records, the tenants' tables) in stacks of its own, and what works on it. */
export const deployment = (app: App, given: SettingsInput) => {
  const settings = parseSettings(given);
  const records = new Stack(app, 'TierferryRecords', { description: 'Tierferry: where every tenant lives' });
  const tierTables = new Stack(app, 'TierferryTierTables', {
    description: 'Tierferry: the tiers’ first tables',
  });
  const migration = new Stack(app, 'TierferryMigration', {
    description: 'Tierferry: moves tenants between tiers',
  });
  const { tables } = new TierTables(tierTables, 'TierTables', settings);
  new TenantTierMigration(migration, 'Tierferry', {
    settings: given,
    records: new ControlTables(records, 'Records', settings),
    tierTables: tables,
  });
  // tables are known by their names, so the order has to be said
  migration.addStackDependency(records);
  migration.addStackDependency(tierTables);
  return { records, tierTables, migration };
};
