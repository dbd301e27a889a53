import * as z from 'zod';
import { Conflict } from '../migration/errors.ts';
import type { EpochMs, MigrationId, RoutingEpoch, TableName, TenantId } from '../migration/names.ts';
import type { Routes } from '../migration/ports.ts';
import type { Route } from '../migration/routing/route.ts';
import { named } from './parsing.ts';
import type { Records } from './records.ts';

const RouteRecord = z.object({
  tenantId: named.text<TenantId>(),
  table: named.text<TableName>(),
  epoch: named.number<RoutingEpoch>(),
  writes: z.enum(['open', 'fenced']),
  leaseMs: z.number(),
  fence: z.object({ migrationId: named.text<MigrationId>(), deadline: named.number<EpochMs>() }).optional(),
}) satisfies z.ZodType<Route>;

/** `tenantId` of the routes table. Read consistently: an old route is what the protocol is there to prevent. */
export const routesIn = (records: Records, table: string): Routes => ({
  async get(tenantId) {
    const found = await records.get(table, { tenantId });
    return found && RouteRecord.parse(found);
  },
  async compareAndSet(from, to) {
    const isSet = await records.put({
      TableName: table,
      Item: { ...to },
      ConditionExpression: 'epoch = :epoch',
      ExpressionAttributeValues: { ':epoch': from.epoch },
    });
    if (!isSet) throw new Conflict(`the route of ${from.tenantId} is not on epoch ${from.epoch} any more`);
  },
});
