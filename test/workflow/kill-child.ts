/**
 * A process that runs the workflow: it begins or retries the tenant's migration and ends when that has ended.
 * Arguments: endpoint of DynamoDB, settings as JSON, tenant id, folder for what the stack keeps between starts.
 */
import { requestMigration } from '../../functions/migration/triggers/request-migration.ts';
import { retryMigration } from '../../functions/migration/triggers/retry-migration.ts';
import { startStack } from '../../scripts/local/stack.ts';
import { SHORT_WAITS } from '../support/short-waits.ts';
import { ended } from '../support/tenants.ts';

const [dynamodbEndpoint = '', settings = '{}', tenantId = '', data = ''] = process.argv.slice(2);
const stack = await startStack({
  dynamodbEndpoint,
  settings: JSON.parse(settings),
  data,
  overrides: { waits: SHORT_WAITS },
});
const { ports } = stack;

const begin = async () => {
  for await (const latest of ports.migrations.list({ tenantId: tenantId as never })) {
    return latest.status === 'completed' ? latest : retryMigration(ports, latest.migrationId, 'test');
  }
  return requestMigration(ports, { tenantId, toTier: 'enterprise', requestedBy: 'test', reason: 'test' });
};

const { migrationId } = await begin();
process.stdout.write('running\n');
const { status } = await ended(ports, migrationId);
process.stdout.write(`${status}\n`);
await stack.stop();
