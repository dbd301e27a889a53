import * as z from 'zod';
import { Conflict } from '../migration/errors.ts';
import type { EpochMs, MigrationId, RoutingEpoch, TableName, TenantId } from '../migration/names.ts';
import { named } from '../migration/record-fields.ts';
import { type CaptureRoute, ROUTE_PROTOCOL, type Route } from '../migration/route/route.ts';
import type { Routes } from '../migration/route/routes-port.ts';
import type { Records } from './records.ts';
import { sameFieldsAs } from './same-fields.ts';

/** Capture of the source is armed first and both sides end together, so a record without the source's table is damaged. */
type StoredRoute = Route & { readonly capture?: { readonly tables: { readonly source: TableName } } };

/**
 * The core's `Route` is no schema, since a route is shared with routers, which do not use zod (`docs/router-protocol.md`).
 * `sameFieldsAs` checks that this schema has its fields.
 */
export const RouteRecord = z
  .object({
    tenantId: named.text<TenantId>(),
    // a route with another protocol must not be changed by functions that do not know it
    protocol: z.literal(ROUTE_PROTOCOL).optional(),
    table: named.text<TableName>(),
    epoch: named.number<RoutingEpoch>(),
    writes: z.enum(['open', 'fenced']),
    leaseMs: z.number(),
    fence: z.object({ migrationId: named.text<MigrationId>(), deadline: named.number<EpochMs>() }).optional(),
    capture: z
      .object({
        migrationId: named.text<MigrationId>(),
        tables: z.object({ source: named.text<TableName>(), target: named.text<TableName>().optional() }),
        isReversed: z.literal(true).optional(),
      })
      .optional(),
    pastTables: z
      .array(
        z.object({
          table: named.text<TableName>(),
          from: named.number<EpochMs>().optional(),
          until: named.number<EpochMs>(),
        }),
      )
      .optional()
      // no migration needs them, so damage to them stops none
      .catch(undefined),
  })
  .apply(sameFieldsAs<StoredRoute>());

const CaptureRecord = RouteRecord.pick({ tenantId: true, table: true, capture: true }).apply(
  sameFieldsAs<Pick<StoredRoute, keyof CaptureRoute>>(),
);

/** Stores routes under `tenantId` of the routes table. Reads them consistently: the protocol must never use an old route. */
export const routesIn = (records: Records, table: string): Routes => ({
  async get(tenantId) {
    const found = await records.get(table, { tenantId });
    return found && records.parse(RouteRecord, { table, key: tenantId }, found);
  },
  async getMany(tenantIds) {
    const keys = [...new Set(tenantIds)].map((tenantId) => ({ tenantId }));
    const routes = new Map<TenantId, CaptureRoute>();
    const damaged = new Set<TenantId>();
    for (const found of await records.getMany(table, keys)) {
      const tenantId = found.tenantId as TenantId;
      const route = records.parseListed(CaptureRecord, { table, key: tenantId }, found);
      if (route) routes.set(tenantId, route);
      else damaged.add(tenantId);
    }
    return { routes, damaged };
  },
  async *fenced() {
    const input = {
      TableName: table,
      FilterExpression: 'writes = :fenced',
      ExpressionAttributeValues: { ':fenced': 'fenced' },
    };
    for await (const found of records.scan(input)) {
      const route = records.parseListed(RouteRecord, { table, key: String(found.tenantId) }, found);
      if (route) yield route;
    }
  },
  async compareAndSet(from, to) {
    if (!(await records.put(routePut(table, from, to)))) throw routeMoved(from);
  },
});

/** Makes the put that changes a route. Every change is a compare-and-set on the epoch. */
export const routePut = (TableName: string, from: Route, to: Route) => ({
  TableName,
  Item: { ...to },
  ConditionExpression: 'epoch = :epoch',
  ExpressionAttributeValues: { ':epoch': from.epoch },
});

export const routeMoved = ({ tenantId, epoch }: Route): Conflict =>
  new Conflict(`the route of ${tenantId} is no longer at epoch ${epoch}`);
