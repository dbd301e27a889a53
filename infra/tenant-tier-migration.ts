import { Aspects, CfnOutput } from 'aws-cdk-lib';
import type { ITable } from 'aws-cdk-lib/aws-dynamodb';
import { type IGrantable, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { CfnFunction } from 'aws-cdk-lib/aws-lambda';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { IStateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct, type IConstruct } from 'constructs';
import {
  type AlarmsInput,
  type ConsoleInput,
  parseAlarms,
  parseConsole,
} from '../functions/migration/settings/config.ts';
import { parseSettings, type SettingsInput } from '../functions/migration/settings/settings.ts';
import { Capture } from './capture.ts';
import { Console } from './console.ts';
import { ControlTables } from './control-tables.ts';
import { deadLetterQueue } from './dead-letters.ts';
import { Dispatcher } from './dispatcher.ts';
import { functionLog } from './logs.ts';
import { MigrationEvents } from './migration-events.ts';
import { Observability } from './observability.ts';
import { SchoolCounter } from './school-counter.ts';
import { StateMachines } from './state-machines.ts';
import { useOfKey } from './table-access.ts';
import { TenantRoles } from './tenant-roles.ts';
import { createSequentially, TierTables } from './tier-tables.ts';

export interface TenantTierMigrationProps {
  /** The deployment's settings, as in `tierferry.config.ts`; absent ones have defaults. */
  readonly settings?: SettingsInput;
  /** The control tables, if they are in another stack; absent to create them in this construct. */
  readonly records?: ControlTables;
  /** The tiers' first tables, if they were created in another stack. */
  readonly firstTables?: TierTables;
  /**
   * Existing tier tables, shared or dedicated, with any name. They must have a stream and match `settings.tableDesign`.
   * Without these and `firstTables`, each tier's first shared table is created in this construct.
   */
  readonly tierTables?: readonly ITable[];
  /** Thresholds of alarms, and the email addresses to notify. */
  readonly alarms?: AlarmsInput;
  /** False if the account's concurrency is too small to reserve 23 of it; true by default. */
  readonly reservedConcurrency?: boolean;
  /** The ops console, for the users of an OpenID issuer; not deployed if absent. */
  readonly console?: ConsoleInput | undefined;
}

/**
 * Moves tenants between tier tables: state machines, functions, streams, queue, alarms. Tables outlive its stack. Create one
 * per account, region and prefix.
 * @throws z.ZodError if the settings are invalid. @throws Error if a table of `tierTables` has no stream.
 */
export class TenantTierMigration extends Construct {
  readonly records: ControlTables;
  readonly stateMachine: IStateMachine;
  readonly rollbackStateMachine: IStateMachine;
  /** Topic of all alarms, to which you subscribe. */
  readonly alarmTopic: ITopic;
  /** The dead-letter queue. */
  readonly deadLetters: IQueue;
  private readonly routes: ITable;

  constructor(scope: Construct, id: string, props: TenantTierMigrationProps = {}) {
    super(scope, id);
    const settings = parseSettings(props.settings ?? {});
    this.records = props.records ?? new ControlTables(this, 'Records', settings);
    const { key, migrations, routes } = this.records;
    const { tierTables: adopted = [] } = props;
    const created =
      props.firstTables ?? (props.tierTables ? undefined : new TierTables(this, 'TierTables', settings));
    // the migrations table has indexes, too, and may not be created at the same time
    if (created && !props.firstTables && !props.records)
      createSequentially([migrations, ...created.tables.slice(0, 1)]);
    const tables: readonly ITable[] = [...(created?.tables ?? []), ...adopted];
    for (const { tableName, tableStreamArn } of tables)
      if (tableStreamArn === undefined)
        throw new Error(
          `table ${tableName} has no stream, so changes would be lost. Nothing was synthesised. Turn its stream on.`,
        );
    const access = {
      tierTables: settings.tableDesign.kmsKeyArn,
      adopted: adopted.map(({ tableArn }) => tableArn),
    };
    const tenantRoles = new TenantRoles(this, 'TenantRoles', settings, access);
    const keys = {
      ...access,
      control: key.keyArn,
      tenantReader: tenantRoles.reader.roleArn,
      tenantWriter: tenantRoles.writer.roleArn,
    };
    const deadLetters = deadLetterQueue(this);
    const log = functionLog(this, 'Log', settings, 'functions');
    const machines = new StateMachines(this, 'Workflow', { settings, keys, log, deadLetters });
    const counter = new SchoolCounter(this, 'SchoolCounter', { machines, deadLetters });
    const { function: capture } = new Capture(this, 'Capture', { settings, keys, tables, counter });
    new Dispatcher(this, 'Dispatcher', { machines, deadLetters });
    new MigrationEvents(this, 'Events', { settings, keys, log, machines, migrations, deadLetters });
    const { topic } = new Observability(this, 'Observability', {
      settings,
      machines,
      capture,
      deadLetters,
      alarms: parseAlarms(props.alarms),
    });
    if (props.console !== undefined) {
      const config = parseConsole(props.console);
      const { url } = new Console(this, 'Console', { settings, machines, config });
      new CfnOutput(this, 'ConsoleUrl', { value: url, description: 'the ops console' });
    }
    if (props.reservedConcurrency === false) Aspects.of(this).add({ visit: withoutReservedConcurrency });
    this.routes = routes;
    this.deadLetters = deadLetters;
    this.alarmTopic = topic;
    this.stateMachine = machines.migration;
    this.rollbackStateMachine = machines.rollback;
    this.output(
      'StateMachineArn',
      machines.live.migration,
      'TIERFERRY_STATE_MACHINE_ARN of the command line',
    );
    this.output(
      'RollbackStateMachineArn',
      machines.live.rollback,
      'TIERFERRY_ROLLBACK_STATE_MACHINE_ARN of the command line',
    );
    this.output(
      'DeadLetterQueueUrl',
      deadLetters.queueUrl,
      'queue of events and records that could not be handled',
    );
    this.output('AlarmTopicArn', topic.topicArn, 'topic of all alarms');
  }

  /** Lets the application's router read routes: grants `GetItem` on the routes table, and `Decrypt` on its key through DynamoDB. */
  grantRouting(grantee: IGrantable): void {
    const { grantPrincipal } = grantee;
    grantPrincipal.addToPrincipalPolicy(
      new PolicyStatement({ actions: ['dynamodb:GetItem'], resources: [this.routes.tableArn] }),
    );
    grantPrincipal.addToPrincipalPolicy(useOfKey(this, this.records.key.keyArn, ['kms:Decrypt']));
  }

  private output(id: string, value: string, description: string): void {
    new CfnOutput(this, id, { value, description });
  }
}

const withoutReservedConcurrency = (one: IConstruct): void => {
  if (one instanceof CfnFunction) one.reservedConcurrentExecutions = undefined;
};
