import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { AttributeType, StreamViewType, Table } from 'aws-cdk-lib/aws-dynamodb';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { describe, expect, test } from 'vitest';
import { TenantTierMigration, type TenantTierMigrationProps } from '../../infra/tenant-tier-migration.ts';
import { grantsByRole } from './policies.ts';
import { ACCOUNT, isAllowed, KEY, policyOf, REGION } from './simulate.ts';

const context = { 'aws:cdk:bundling-stacks': [], 'aws:cdk:enable-path-metadata': true };
const aTable = (stack: Stack, tier: string, stream = true) =>
  new Table(stack, tier, {
    tableName: `saas-tenant-data-${tier}`,
    partitionKey: { name: 'tenantId', type: AttributeType.STRING },
    sortKey: { name: 'entityKey', type: AttributeType.STRING },
    ...(stream ? { stream: StreamViewType.NEW_AND_OLD_IMAGES } : {}),
  });

/** A user's own app: a stack with its tables, a function's role, and our construct. */
const usersApp = (props: (stack: Stack) => TenantTierMigrationProps) => {
  const stack = new Stack(new App({ context }), 'School');
  const tierferry = new TenantTierMigration(stack, 'Tierferry', props(stack));
  const role = new Role(stack, 'Application', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
  tierferry.grantRouting(role);
  return { template: Template.fromStack(stack), tierferry };
};

describe("the construct in a user's own app", () => {
  test('adopts existing tables, and creates only the control tables', () => {
    const { template } = usersApp((stack) => ({
      tierTables: ['basic', 'advanced', 'premium'].map((tier) => aTable(stack, tier)),
    }));
    const tables = Object.values(template.findResources('AWS::DynamoDB::Table')).map(
      ({ Properties }) => Properties.TableName,
    );
    expect(tables.sort()).toEqual([
      'saas-migration-journal',
      'saas-tenant-data-advanced',
      'saas-tenant-data-basic',
      'saas-tenant-data-premium',
      'saas-tenant-registry',
      'saas-tenant-routes',
      'saas-tier-migrations',
    ]);
    template.resourceCountIs('AWS::Lambda::EventSourceMapping', 3 + 1);
  });

  test('creates everything from its settings if nothing exists', () => {
    const { template } = usersApp(() => ({
      settings: { prefix: 'school', tiers: [{ name: 'only', placement: 'shared', maxTenants: 5 }] },
    }));
    template.hasResourceProperties('AWS::DynamoDB::Table', { TableName: 'school-tenant-data-only' });
    template.resourceCountIs('AWS::DynamoDB::Table', 5);
    // the migrations table also has indexes
    const [only] = Object.values(template.findResources('AWS::DynamoDB::Table')).filter(
      ({ Properties }) => Properties.TableName === 'school-tenant-data-only',
    );
    expect(JSON.stringify(only?.DependsOn)).toMatch(/Recordsmigrations/);
    for (const name of ['StateMachineArn', 'RollbackStateMachineArn', 'AlarmTopicArn', 'DeadLetterQueueUrl'])
      expect(Object.keys(template.findOutputs('*')).some((output) => output.includes(name))).toBe(true);
  });

  test('refuses a table without a stream, and invalid settings, with helpful messages', () => {
    expect(() => usersApp((stack) => ({ tierTables: [aTable(stack, 'basic', false)] }))).toThrow(
      /has no stream/,
    );
    expect(() => usersApp(() => ({ settings: { prefix: 'no spaces' } }))).toThrow(/a prefix is/);
  });

  test('lets the application read routes, and nothing else of ours', async () => {
    const { template } = usersApp(() => ({}));
    const policy = policyOf(grantsByRole(template).get('Application') ?? []);
    // the routes table is in the same stack, so the policy refers to it directly
    const routes =
      policy.Statement.flatMap(({ Resource }) => Resource).find((arn) => arn.includes('routes')) ?? '';
    const actions = policy.Statement.flatMap(({ Action }) => Action);
    expect(actions).toEqual(['dynamodb:GetItem', 'kms:Decrypt']);
    expect(routes).not.toBe('');
    const others = [
      'saas-tenant-registry',
      'saas-tier-migrations',
      'saas-migration-journal',
      'saas-tenant-data-basic',
    ];
    for (const name of others)
      for (const action of ['GetItem', 'Query', 'PutItem']) {
        const arn = `arn:aws:dynamodb:${REGION}:${ACCOUNT}:table/${name}`;
        expect(await isAllowed(policy, `dynamodb:${action}`, arn), `${action} ${name}`).toBe(false);
      }
    expect(await isAllowed(policy, 'kms:Decrypt', KEY)).toBe(false);
  });
});
