import { App, Stack } from 'aws-cdk-lib';
import { Table } from 'aws-cdk-lib/aws-dynamodb';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { TenantTierMigration } from './tenant-tier-migration.ts';

/*
 * A SaaS that has its tables and its own CDK app: `npx cdk synth --app "node infra/example.ts"`. In an app of your own the
 * construct is imported from 'tierferry/infra'.
 */

const stack = new Stack(new App(), 'School', { env: { account: '111122223333', region: 'eu-west-1' } });

/** A table that another stack, or nobody's, has made: what CloudFormation has to know of it. */
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

// what serves the tenants: it may read routes, and nothing else of Tierferry's
const application = new Role(stack, 'Application', {
  assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
});
tierferry.grantRouting(application);
