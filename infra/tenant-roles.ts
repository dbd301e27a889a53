import { Aws } from 'aws-cdk-lib';
import { AccountRootPrincipal, PolicyStatement, Role } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { TENANT_TAG } from '../functions/aws/tenant-tag.ts';
import { layoutOf } from '../functions/migration/items/key-layout.ts';
import type { Settings } from '../functions/migration/settings/settings.ts';
import type { Action } from './step-permissions.ts';
import { keyActions, type TableKeys, tierTableArns, tierTableIndexArns, useOfKey } from './table-access.ts';

/** Actions on items of tier tables, always by the role of one tenant. */
export const ITEM_READS = ['Query', 'BatchGetItem'] as const;
export const ITEM_WRITES = ['BatchWriteItem'] as const;

/** Returns the path of the functions' roles. CloudFormation shortens the names of roles, but not their paths. */
export const rolePath = ({ prefix }: Pick<Settings, 'prefix'>): string => `/tierferry/${prefix}/`;

/**
 * Roles that reach the items of one tenant, whose id is the session's tag: one that reads, and one that also writes. The
 * functions of this stack may assume them, and have no access to items without them.
 * [SaaS Lens, tenant isolation; IAM user guide, Passing session tags in STS]
 */
export class TenantRoles extends Construct {
  readonly reader: Role;
  readonly writer: Role;

  constructor(
    scope: Construct,
    id: string,
    settings: Settings,
    keys: Pick<TableKeys, 'adopted' | 'tierTables'>,
  ) {
    super(scope, id);
    this.reader = this.role('Reader', settings, keys, ITEM_READS);
    this.writer = this.role('Writer', settings, keys, [...ITEM_READS, ...ITEM_WRITES]);
    this.writer.addToPolicy(queryOfOwnValues(this, settings, keys));
  }

  private role(
    id: string,
    settings: Settings,
    keys: Pick<TableKeys, 'adopted' | 'tierTables'>,
    actions: readonly Action[],
  ): Role {
    const role = new Role(this, id, {
      description: 'Tierferry: items of one tenant',
      // the account's root stands for any permitted principal, which the condition limits to our functions
      assumedBy: new AccountRootPrincipal()
        .withConditions({
          ArnLike: {
            'aws:PrincipalArn': `arn:${Aws.PARTITION}:iam::${Aws.ACCOUNT_ID}:role${rolePath(settings)}*`,
          },
          StringLike: { [`aws:RequestTag/${TENANT_TAG}`]: '?*' },
          'ForAllValues:StringEquals': { 'aws:TagKeys': [TENANT_TAG] },
        })
        .withSessionTags(),
    });
    role.addToPolicy(
      new PolicyStatement({
        actions: actions.map((action) => `dynamodb:${action}`),
        resources: tierTableArns(this, settings, keys),
        conditions: {
          'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': partitionKeys(settings) },
          // ForAllValues also holds for a request without keys
          Null: { 'dynamodb:LeadingKeys': 'false' },
        },
      }),
    );
    if (keys.tierTables !== undefined) role.addToPolicy(useOfKey(this, keys.tierTables, keyActions(actions)));
    return role;
  }
}

/** Stands for the tenant's id in a value that becomes part of a policy. No template contains it. */
const ID = '\u0000';

/**
 * Returns a text as part of a policy's condition: with the session's tag for the id, and with `*`, `?` and `$` as themselves.
 * [IAM user guide, IAM policy elements: variables and tags, Specifying default values and special characters]
 */
const policyText = (text: string): string =>
  text
    .split(ID)
    .map((part) => part.replaceAll(/[*?$]/g, (character) => `\${${character}}`))
    .join(`\${aws:PrincipalTag/${TENANT_TAG}}`);

/** Returns the partition keys of the tenant that the session's tag names. */
const partitionKeys = (settings: Settings): string[] =>
  layoutOf(settings).partitionValues(ID).map(policyText);

/** Returns the patterns of the values of indexes' partition keys that are the tenant's own. */
const ownValues = (settings: Settings): string[] => {
  const { values, beginnings } = layoutOf(settings).ownIndexValues(ID, undefined);
  const others = values.filter((value) => !beginnings.some((beginning) => value.startsWith(beginning)));
  return [...others.map(policyText), ...beginnings.map((beginning) => `${policyText(beginning)}*`)];
};

/**
 * Returns a statement that allows counting a tenant's items in an index, under values that are the tenant's id or begin with
 * it and `#`, behind the text of a template. In a query of an index, `dynamodb:LeadingKeys` is the index's partition key. No
 * tenant id contains `#`, `*` or `?`. [Using IAM policy conditions for fine-grained access control]
 */
const queryOfOwnValues = (
  scope: Construct,
  settings: Settings,
  keys: Pick<TableKeys, 'adopted'>,
): PolicyStatement =>
  new PolicyStatement({
    actions: ['dynamodb:Query'],
    resources: tierTableIndexArns(scope, settings, keys),
    conditions: {
      'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ownValues(settings) },
      Null: { 'dynamodb:LeadingKeys': 'false' },
    },
  });
