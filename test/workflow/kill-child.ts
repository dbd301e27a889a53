/**
 * A process that runs the workflow: it starts or retries the tenant's migration and ends when that has ended.
 * Arguments: configuration of a DynamoDB client and settings as JSON, tenant id, folder for what the stack keeps
 * between starts.
 */

import { retryMigration } from '../../functions/migration/operator/retry-migration.ts';
import { requestMigration } from '../../functions/migration/requests/request-migration.ts';
import { type Stack, startStack } from '../../scripts/local/stack.ts';
import { functionStates } from '../../state-machines/machines.ts';
import { SHORT_WAITS } from '../support/short-waits.ts';
import { ended } from '../support/tenants.ts';

const RETRY_MS = 600;
const [client = '{}', settings = '{}', tenantId = '', data = ''] = process.argv.slice(2);
/** A killed predecessor's claims have to end; the retries last longer than these. */
const retries = Object.fromEntries(
  [...functionStates('tier-migration'), ...functionStates('rollback')].map((state) => [state, RETRY_MS]),
);
const { endpoint, credentials }: Stack['client'] = JSON.parse(client);
const stack = await startStack({
  dynamodbEndpoint: endpoint,
  accessKeyId: credentials.accessKeyId,
  settings: JSON.parse(settings),
  data,
  overrides: { waits: SHORT_WAITS, retries },
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
