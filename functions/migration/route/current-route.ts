import { RouteMoved } from '../errors.ts';
import type { Migration } from '../migration.ts';
import type { Ports } from '../ports.ts';
import type { Route } from './route.ts';

/** Reads the tenant's route. @throws RouteMoved if the tenant has no route any more */
export const currentRoute = async (ports: Ports, migration: Migration): Promise<Route> => {
  const route = await ports.routes.get(migration.tenantId);
  if (!route) throw new RouteMoved(`tenant ${migration.tenantId} has no route`);
  return route;
};
