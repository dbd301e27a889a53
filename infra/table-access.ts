import { ArnFormat, Stack } from 'aws-cdk-lib';
import { type IRole, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { BY_DAY, BY_STATUS, BY_TENANT } from '../functions/aws/control-tables.ts';
import { controlTables, type Settings } from '../functions/migration/settings/settings.ts';
import { type Access, type Action, NEVER_ON_ADOPTED, type Tables } from './step-permissions.ts';

const WRITE_ACTIONS: readonly Action[] = ['PutItem', 'UpdateItem', 'DeleteItem', 'BatchWriteItem'];
/** Key actions for changes; the documentation abbreviates some as `GenerateDataKey*` and `ReEncrypt*`. */
const CHANGING_KEY_ACTIONS = [
  'Encrypt',
  'GenerateDataKey',
  'GenerateDataKeyWithoutPlaintext',
  'ReEncryptFrom',
  'ReEncryptTo',
].map((action) => `kms:${action}`);
/** Actions that read data, which the table's key encrypts. */
const READ_ACTIONS: readonly Action[] = ['GetItem', 'BatchGetItem', 'Query', 'Scan', 'ConditionCheckItem'];

/** ARNs of the keys, roles and adopted tables that permissions on tables refer to. */
export interface TableKeys {
  /** Keys that encrypt the tables; absent if DynamoDB owns the key. */
  readonly control: string;
  readonly tierTables?: string | undefined;
  /** Roles that reach the items of one tenant. */
  readonly tenantReader: string;
  readonly tenantWriter: string;
  /** Adopted tier tables, which may have any name. */
  readonly adopted: readonly string[];
}

/** Grants a role the listed actions on tables, and the use of the tables' keys through DynamoDB only. */
export const grantTables = (
  scope: Construct,
  role: IRole,
  settings: Settings,
  keys: TableKeys,
  access: Access,
): void => {
  for (const tables of Object.keys(access) as Tables[]) {
    const actions = access[tables] ?? [];
    if (actions.length === 0) continue;
    const allow = (these: readonly Action[], resources: string[]) => {
      if (these.length > 0 && resources.length > 0)
        role.addToPrincipalPolicy(
          new PolicyStatement({ actions: these.map((action) => `dynamodb:${action}`), resources }),
        );
    };
    allow(actions, [tables === 'anyTable' ? '*' : tableArn(scope, settings, tables)]);
    if (tables === 'tierTables')
      allow(
        actions.filter((action) => !NEVER_ON_ADOPTED.includes(action)),
        [...keys.adopted],
      );
    const key = tables === 'tierTables' ? keys.tierTables : keys.control;
    const use = keyActions(actions);
    if (key === undefined || use.length === 0) continue;
    role.addToPrincipalPolicy(useOfKey(scope, key, use));
  }
};

/** Returns a statement that allows the use of a key through DynamoDB only. */
export const useOfKey = (scope: Construct, key: string, actions: string[]): PolicyStatement =>
  new PolicyStatement({
    actions,
    resources: [key],
    conditions: { StringEquals: { 'kms:ViaService': `dynamodb.${Stack.of(scope).region}.amazonaws.com` } },
  });

/** Returns the ARNs of tier tables: adopted ones each, the others by prefix, since migrations create tables at run time. */
export const tierTableArns = (
  scope: Construct,
  settings: Settings,
  { adopted }: Pick<TableKeys, 'adopted'>,
): string[] => [tableArn(scope, settings, 'tierTables'), ...adopted];

/** Returns the ARNs of the global indexes of these tables. */
export const tierTableIndexArns = (
  scope: Construct,
  settings: Settings,
  { adopted }: Pick<TableKeys, 'adopted'>,
): string[] => [tableArn(scope, settings, 'tierTableIndexes'), ...adopted.map((arn) => `${arn}/index/*`)];

const tableArn = (scope: Construct, settings: Settings, tables: Exclude<Tables, 'anyTable'>): string =>
  Stack.of(scope).formatArn({
    service: 'dynamodb',
    resource: 'table',
    resourceName: resourceName(settings, tables),
    arnFormat: ArnFormat.SLASH_RESOURCE_NAME,
  });

const resourceName = (settings: Settings, tables: Exclude<Tables, 'anyTable'>): string => {
  if (tables === 'tierTables') return `${settings.prefix}-tenant-data-*`;
  if (tables === 'tierTableIndexes') return `${settings.prefix}-tenant-data-*/index/*`;
  if (tables === 'tierTableBackups') return `${settings.prefix}-tenant-data-*/backup/*`;
  const names = controlTables(settings);
  switch (tables) {
    case 'registryIndexes':
      return `${names.registry}/index/*`;
    case 'migrationsByStatus':
      return `${names.migrations}/index/${BY_STATUS}`;
    case 'migrationsByTenant':
      return `${names.migrations}/index/${BY_TENANT}`;
    case 'migrationsByDay':
      return `${names.migrations}/index/${BY_DAY}`;
    default:
      return names[tables];
  }
};

/** Returns the key actions that table actions need. [KMS key policy for DynamoDB, Authorizing use of a customer managed key] */
export const keyActions = (actions: readonly Action[]): string[] => {
  const changes = actions.some((action) => WRITE_ACTIONS.includes(action));
  const keyUseActions = new Set<string>();
  if (changes || actions.some((action) => READ_ACTIONS.includes(action)))
    keyUseActions.add('kms:Decrypt').add('kms:DescribeKey');
  // creating a table with a key needs all of them, although no item is written [Usage notes for DynamoDB encryption at rest]
  const creates = actions.includes('CreateTable');
  if (creates) keyUseActions.add('kms:Decrypt').add('kms:DescribeKey').add('kms:CreateGrant');
  if (changes || creates) for (const action of CHANGING_KEY_ACTIONS) keyUseActions.add(action);
  return [...keyUseActions];
};
