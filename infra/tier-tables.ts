import { RemovalPolicy, Tags } from 'aws-cdk-lib';
import {
  type Attribute,
  AttributeType,
  BillingMode,
  ProjectionType,
  StreamViewType,
  Table,
  TableEncryption,
} from 'aws-cdk-lib/aws-dynamodb';
import { type IKey, Key } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import {
  type KeyAttribute,
  type Settings,
  sharedTableName,
  type TableDesign,
  tierTableKeys,
} from '../functions/migration/settings/settings.ts';

/**
 * The first shared table of every tier with shared tables, by the catalogue's design. Migrations create the others
 * (`basic.2`, and dedicated ones) when they need them, by the same design. Deleting the stack keeps the tables, whatever the
 * design's deletion protection is.
 */
export class TierTables extends Construct {
  readonly tables: readonly Table[];

  constructor(scope: Construct, id: string, settings: Settings) {
    super(scope, id);
    const { tableDesign } = settings;
    const key =
      tableDesign.kmsKeyArn === undefined ? undefined : Key.fromKeyArn(this, 'Key', tableDesign.kmsKeyArn);
    this.tables = settings.tiers
      .filter(({ placement }) => placement === 'shared')
      .map(({ name }) => tierTable(this, name, sharedTableName(settings, name, 1), tableDesign, key));
    createSequentially(this.tables);
  }
}

/**
 * Creates the tables one after the other. Tables with global secondary indexes may be refused if they are created at the
 * same time. [CloudFormation, AWS::DynamoDB::Table: create them sequentially with DependsOn]
 */
export const createSequentially = (tables: readonly Table[]): void => {
  for (const [n, table] of tables.entries()) {
    const before = tables[n - 1];
    if (before) table.node.addDependency(before);
  }
};

const tierTable = (
  scope: Construct,
  id: string,
  tableName: string,
  design: TableDesign,
  key?: IKey,
): Table => {
  const keys = tierTableKeys(design);
  const table = new Table(scope, id, {
    tableName,
    partitionKey: attribute(keys.partitionKey),
    sortKey: attribute(keys.sortKey),
    billingMode: BillingMode.PAY_PER_REQUEST,
    stream: StreamViewType[design.streamView],
    ...(design.ttlAttribute === undefined ? {} : { timeToLiveAttribute: design.ttlAttribute }),
    ...(key ? { encryption: TableEncryption.CUSTOMER_MANAGED, encryptionKey: key } : {}),
    pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: design.pointInTimeRecovery },
    deletionProtection: design.deletionProtection,
    removalPolicy: RemovalPolicy.RETAIN,
  });
  for (const [tag, value] of Object.entries(design.tags)) Tags.of(table).add(tag, value);
  for (const { name, partitionKey, sortKey, projection } of design.indexes) {
    table.addGlobalSecondaryIndex({
      indexName: name,
      partitionKey: attribute(partitionKey),
      ...(sortKey ? { sortKey: attribute(sortKey) } : {}),
      projectionType: ProjectionType[projection],
    });
  }
  return table;
};

const TYPES = { S: AttributeType.STRING, N: AttributeType.NUMBER, B: AttributeType.BINARY };
const attribute = ({ name, type }: KeyAttribute): Attribute => ({
  name,
  type: TYPES[type],
});
