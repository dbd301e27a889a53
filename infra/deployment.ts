import { type App, Stack } from 'aws-cdk-lib';
import { type ITable, Table } from 'aws-cdk-lib/aws-dynamodb';
import type { Construct } from 'constructs';
import type { Config } from '../functions/migration/config.ts';
import { ControlTables } from './control-tables.ts';
import { TenantTierMigration } from './tenant-tier-migration.ts';
import { TierTables } from './tier-tables.ts';

/** One deployment: what is kept (our records, the tenants' tables) in stacks of its own, and what works on it. */
export const deployment = (app: App, config: Config) => {
  const { settings, adoptedTables, ...options } = config;
  const records = new Stack(app, 'TierferryRecords', { description: 'Tierferry: where every tenant lives' });
  const tierTables = new Stack(app, 'TierferryTierTables', {
    description: 'Tierferry: the tiers’ first tables',
  });
  const migration = new Stack(app, 'TierferryMigration', {
    description: 'Tierferry: moves tenants between tiers',
  });
  const hasTables = new Set(adoptedTables.map(({ tier }) => tier));
  const tiers = settings.tiers.filter(({ name }) => !hasTables.has(name));
  new TenantTierMigration(migration, 'Tierferry', {
    ...options,
    settings,
    records: new ControlTables(records, 'Records', settings),
    firstTables: new TierTables(tierTables, 'TierTables', { ...settings, tiers }),
    tierTables: adoptedTables.map((one) => adopted(migration, one)),
  });
  // tables are known by their names, so the order has to be said
  migration.addStackDependency(records);
  migration.addStackDependency(tierTables);
  return { records, tierTables, migration };
};

const adopted = (scope: Construct, { table, streamArn }: Config['adoptedTables'][number]): ITable =>
  Table.fromTableAttributes(scope, `Adopted-${table}`, {
    tableArn: streamArn.slice(0, streamArn.indexOf('/stream/')),
    tableStreamArn: streamArn,
  });
