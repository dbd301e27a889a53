import { DescribeTableCommand } from '@aws-sdk/client-dynamodb';
import { expect, test } from 'vitest';
import { dynamoClient } from '../../functions/aws/client.ts';
import { controlTableDefinitions, createControlTables } from '../../functions/aws/control-tables.ts';
import { parseSettings } from '../../functions/migration/settings/settings.ts';
import { startTestEngine } from '../support/dynamodb-local.ts';

test('the control tables are as defined and ACTIVE after any number of concurrent creations', async () => {
  const { config, stop } = await startTestEngine();
  const client = dynamoClient(config);
  try {
    const settings = parseSettings({ prefix: 'school' });
    await Promise.all([createControlTables(client, settings), createControlTables(client, settings)]);
    await createControlTables(client, settings);
    const found = await Promise.all(
      Object.values(controlTableDefinitions(settings)).map(async ({ table }) => {
        const { Table } = await client.send(new DescribeTableCommand({ TableName: table }));
        const keys = (schema = Table?.KeySchema) => schema?.map((key) => key.AttributeName).join(' + ');
        const indexes = Table?.GlobalSecondaryIndexes ?? [];
        return {
          table,
          keys: keys(),
          indexes: indexes.map((index) => `${index.IndexName}: ${keys(index.KeySchema)}`).sort(),
          status: Table?.TableStatus,
          mode: Table?.BillingModeSummary?.BillingMode,
        };
      }),
    );
    const rest = { status: 'ACTIVE', mode: 'PAY_PER_REQUEST' };
    expect(found).toEqual([
      {
        table: 'school-tenant-registry',
        keys: 'id',
        indexes: [
          'by-table-and-schools: table + schoolCount',
          'by-table: table + id',
          'by-tier-and-name: tier + nameKey',
          'by-tier-and-schools: tier + schoolCount',
          'by-tier: tier + id',
        ],
        ...rest,
      },
      { table: 'school-tenant-routes', keys: 'tenantId', indexes: [], ...rest },
      {
        table: 'school-tier-migrations',
        keys: 'migrationId + part',
        indexes: [
          'by-day: day + part',
          'by-status: status + migrationId',
          'by-tenant: tenantId + migrationId',
        ],
        ...rest,
      },
      { table: 'school-migration-journal', keys: 'id + entityKey', indexes: [], ...rest },
    ]);
  } finally {
    client.destroy();
    await stop();
  }
});
