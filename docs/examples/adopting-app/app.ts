import { App, Stack } from 'aws-cdk-lib';
import { Table } from 'aws-cdk-lib/aws-dynamodb';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { TenantTierMigration } from 'tierferry/infra';

/*
 * The CDK app of a SaaS that already has its tables. Tierferry is one construct in its stack. It adopts the tables as they are,
 * creates its own records and functions, and lets the application read routes.
 */

const stack = new Stack(new App(), 'School', { env: { account: '111122223333', region: 'eu-west-1' } });

/** A table that exists outside of this stack, with the two names that CloudFormation needs to refer to it. */
const existing = (tableName: string) =>
  Table.fromTableAttributes(stack, tableName, {
    tableArn: `arn:aws:dynamodb:eu-west-1:111122223333:table/${tableName}`,
    // aws dynamodb describe-table --table-name ... --query Table.LatestStreamArn
    tableStreamArn: `arn:aws:dynamodb:eu-west-1:111122223333:table/${tableName}/stream/2026-01-01T00:00:00.000`,
  });

const tierferry = new TenantTierMigration(stack, 'Tierferry', {
  settings: {
    prefix: 'school',
    tiers: [
      { name: 'starter', placement: 'shared', maxSchools: 25, maxTenants: 200 },
      { name: 'district', placement: 'dedicated', maxTenants: 1 },
    ],
  },
  tierTables: [existing('prod-tenants'), existing('prod-big-district')],
  alarms: { email: ['ops@example.org'] },
});

// the functions that serve tenants: they may read routes, and no other record of Tierferry
const application = new Role(stack, 'Application', {
  assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
});
tierferry.grantRouting(application);
