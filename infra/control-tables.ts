import { RemovalPolicy } from 'aws-cdk-lib';
import {
  type Attribute,
  AttributeType,
  BillingMode,
  StreamViewType,
  Table,
  TableEncryption,
} from 'aws-cdk-lib/aws-dynamodb';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { type ControlTable, controlTableDefinitions } from '../functions/aws/control-tables.ts';
import type { Settings } from '../functions/migration/settings/settings.ts';
import { createSequentially } from './tier-tables.ts';

/**
 * Registry, routes, migrations and journal, and the key that encrypts them. They record the table of every tenant, so they
 * outlive the stack and cannot be deleted by mistake.
 */
export class ControlTables extends Construct {
  readonly key: Key;
  /** The migrations table; its stream contains events. */
  readonly migrations: Table;
  /** The routes table, which the application's router reads. */
  readonly routes: Table;

  constructor(scope: Construct, id: string, settings: Pick<Settings, 'prefix'>) {
    super(scope, id);
    this.key = new Key(this, 'Key', {
      description: `Tierferry's records (${settings.prefix})`,
      enableKeyRotation: true,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    const definitions = controlTableDefinitions(settings);
    const add = (name: keyof typeof definitions): Table => this.table(name, definitions[name]);
    const registry = add('registry');
    this.routes = add('routes');
    add('journal');
    this.migrations = add('migrations');
    createSequentially([registry, this.migrations]);
  }

  private table(name: string, { table: tableName, indexes, hasStream, ...keys }: ControlTable): Table {
    const table = new Table(this, name, {
      tableName,
      ...keysOf(keys),
      ...(hasStream ? { stream: StreamViewType.NEW_IMAGE } : {}),
      billingMode: BillingMode.PAY_PER_REQUEST,
      encryption: TableEncryption.CUSTOMER_MANAGED,
      encryptionKey: this.key,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      deletionProtection: true,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    for (const index of indexes) table.addGlobalSecondaryIndex({ indexName: index.name, ...keysOf(index) });
    return table;
  }
}

const attribute = (name: string, isNumber = false): Attribute => ({
  name,
  type: isNumber ? AttributeType.NUMBER : AttributeType.STRING,
});

const keysOf = ({
  partitionKey,
  sortKey,
  hasNumericSortKey,
}: Pick<ControlTable, 'partitionKey' | 'sortKey' | 'hasNumericSortKey'>) => ({
  partitionKey: attribute(partitionKey),
  ...(sortKey === undefined ? {} : { sortKey: attribute(sortKey, hasNumericSortKey) }),
});
