import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { routedClient, type TenantRouting } from '../../functions/router/router.ts';
import { withTableKeys } from '../support/table-keys.ts';
import type { RoutedClients } from './clients.ts';

/** The tenants' table, as an application with a routed client calls it. */
const TABLE = 'school-data';

/** Sends by a routed client, as an application that never calls a router. */
export const byRoutedClient = (router: TenantRouting): RoutedClients => {
  const sendOnly: RoutedClients['read'] = (_tenantId, fn) =>
    fn(TABLE, { signal: new AbortController().signal });
  const { keys } = withTableKeys();
  const options = { table: TABLE, router, ...(keys ? { keys } : {}) };
  return {
    read: sendOnly,
    write: sendOnly,
    routed: { table: TABLE, wrap: (client: DynamoDBClient) => routedClient(client, options) },
  };
};
