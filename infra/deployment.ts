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
  // two deployments in one account and region have two prefixes, and must not be each other's update
  const named = (part: string) => `Tierferry-${settings.prefix.replaceAll('_', '-')}-${part}`;
  const records = new Stack(app, 'TierferryRecords', {
    stackName: named('Records'),
    description: 'Tierferry: where every tenant lives',
  });
  const tierTables = new Stack(app, 'TierferryTierTables', {
    stackName: named('TierTables'),
    description: 'Tierferry: the tiers’ first tables',
  });
  const migration = new Stack(app, 'TierferryMigration', {
    stackName: named('Migration'),
    description: 'Tierferry: moves tenants between tiers',
  });
  new TenantTierMigration(migration, 'Tierferry', {
    ...options,
    settings,
    records: new ControlTables(records, 'Records', settings),
    firstTables: new TierTables(tierTables, 'TierTables', settings),
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
