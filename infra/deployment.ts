import { type App, Stack } from 'aws-cdk-lib';
import { type ITable, Table } from 'aws-cdk-lib/aws-dynamodb';
import type { Construct } from 'constructs';
import type { Config } from '../functions/migration/settings/config.ts';
import { ControlTables } from './control-tables.ts';
import { TenantTierMigration } from './tenant-tier-migration.ts';
import { TierTables } from './tier-tables.ts';

/**
 * Creates the stacks of one deployment: one for our records, one for tier tables, and one for everything that works on
 * them.
 */
export const deployment = (app: App, config: Config) => {
  const { settings, adoptedTables, ...options } = config;
  // the prefix distinguishes deployments in one account and region, so that none replaces another
  const stackNamed = (part: string) => `Tierferry-${settings.prefix.replaceAll('_', '-')}-${part}`;
  const records = new Stack(app, 'TierferryRecords', {
    stackName: stackNamed('Records'),
    description: 'Tierferry: records of tenants, routes and migrations',
  });
  const tierTables = new Stack(app, 'TierferryTierTables', {
    stackName: stackNamed('TierTables'),
    description: 'Tierferry: the tiers’ first tables',
  });
  const migration = new Stack(app, 'TierferryMigration', {
    stackName: stackNamed('Migration'),
    description: 'Tierferry: moves tenants between tiers',
  });
  new TenantTierMigration(migration, 'Tierferry', {
    ...options,
    settings,
    records: new ControlTables(records, 'Records', settings),
    firstTables: new TierTables(tierTables, 'TierTables', settings),
    tierTables: adoptedTables.map((one) => importTable(migration, one)),
  });
  // tables are referred to by name, so the order must be explicit
  migration.addStackDependency(records);
  migration.addStackDependency(tierTables);
  return { records, tierTables, migration };
};

const importTable = (scope: Construct, { table, streamArn }: Config['adoptedTables'][number]): ITable =>
  Table.fromTableAttributes(scope, `Adopted-${table}`, {
    tableArn: streamArn.slice(0, streamArn.indexOf('/stream/')),
    tableStreamArn: streamArn,
  });
