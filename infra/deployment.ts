import { type App, CfnOutput, Stack } from 'aws-cdk-lib';
import type { Settings } from '../functions/migration/settings.ts';
import { Capture } from './capture.ts';
import { ControlTables } from './control-tables.ts';
import { Dispatcher } from './dispatcher.ts';
import { missedQueue } from './missed.ts';
import { Notices } from './notices.ts';
import { Observability } from './observability.ts';
import { SchoolCounter } from './school-counter.ts';
import { StateMachines } from './state-machines.ts';
import { TenantRoles } from './tenant-roles.ts';
import { TierTables } from './tier-tables.ts';

/** One deployment: what is kept (our records, the tenants' tables) in stacks of its own, and what works on it. */
export const deployment = (app: App, settings: Settings) => {
  const records = new Stack(app, 'TierferryRecords', { description: 'Tierferry: where every tenant lives' });
  const tierTables = new Stack(app, 'TierferryTierTables', {
    description: 'Tierferry: the tiers’ first tables',
  });
  const migration = new Stack(app, 'TierferryMigration', {
    description: 'Tierferry: moves tenants between tiers',
  });
  const { key, migrations } = new ControlTables(records, 'Records', settings);
  const { tables } = new TierTables(tierTables, 'TierTables', settings);
  const tenantRoles = new TenantRoles(migration, 'TenantRoles', settings);
  const keys = {
    control: key.keyArn,
    tierTables: settings.tableDesign.kmsKeyArn,
    tenantReader: tenantRoles.reader.roleArn,
    tenantWriter: tenantRoles.writer.roleArn,
  };
  const missed = missedQueue(migration);
  const machines = new StateMachines(migration, 'Workflow', settings, keys, missed);
  const { function: capture } = new Capture(migration, 'Capture', { settings, keys, tables, missed });
  new SchoolCounter(migration, 'SchoolCounter', { settings, keys, machines, tables, missed });
  new Dispatcher(migration, 'Dispatcher', { settings, keys, machines, missed });
  new Notices(migration, 'Notices', { settings, keys, machines, migrations, missed });
  new Observability(migration, 'Observability', { settings, machines, capture, missed });
  // tables are known by their names, so the order has to be said
  migration.addStackDependency(records);
  migration.addStackDependency(tierTables);
  new CfnOutput(migration, 'StateMachineArn', {
    value: machines.migration.stateMachineArn,
    description: 'TIERFERRY_STATE_MACHINE_ARN for the command line',
  });
  new CfnOutput(migration, 'RollBackStateMachineArn', {
    value: machines.rollBack.stateMachineArn,
    description: 'TIERFERRY_ROLL_BACK_STATE_MACHINE_ARN for the command line',
  });
  return { records, tierTables, migration };
};
