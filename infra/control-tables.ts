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
import { controlTableDefinitions } from '../functions/aws/control-tables.ts';
import type { Settings } from '../functions/migration/settings.ts';

/**
 * Registry, routes, migrations and journal, and the key that encrypts them. They say where every tenant lives, so they
 * outlive the stack and can't be deleted by mistake.
 */
export class ControlTables extends Construct {
  readonly key: Key;

  constructor(scope: Construct, id: string, settings: Pick<Settings, 'prefix'>) {
    super(scope, id);
    this.key = new Key(this, 'Key', {
      description: `Tierferry's records (${settings.prefix})`,
      enableKeyRotation: true,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    for (const [name, definition] of Object.entries(controlTableDefinitions(settings))) {
      const table = new Table(this, name, {
        tableName: definition.table,
        ...keysOf(definition),
        ...(definition.hasStream ? { stream: StreamViewType.NEW_IMAGE } : {}),
        billingMode: BillingMode.PAY_PER_REQUEST,
        encryption: TableEncryption.CUSTOMER_MANAGED,
        encryptionKey: this.key,
        pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
        deletionProtection: true,
        removalPolicy: RemovalPolicy.RETAIN,
      });
      for (const index of definition.indexes) {
        table.addGlobalSecondaryIndex({ indexName: index.name, ...keysOf(index) });
      }
    }
  }
}

const text = (name: string): Attribute => ({ name, type: AttributeType.STRING });

const keysOf = ({ partitionKey, sortKey }: { partitionKey: string; sortKey?: string }) => ({
  partitionKey: text(partitionKey),
  ...(sortKey === undefined ? {} : { sortKey: text(sortKey) }),
});
