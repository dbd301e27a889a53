import { Conflict } from '../../functions/migration/errors.ts';
import type { TenantId } from '../../functions/migration/names.ts';
import type { Routes } from '../../functions/migration/ports.ts';
import type { Route } from '../../functions/migration/routing/route.ts';

export class FakeRoutes implements Routes {
  readonly records = new Map<TenantId, Route>();

  async get(tenantId: TenantId) {
    return structuredClone(this.records.get(tenantId));
  }

  async getMany(tenantIds: readonly TenantId[]) {
    const found = tenantIds.flatMap((tenantId) => this.records.get(tenantId) ?? []);
    return new Map(found.map((route) => [route.tenantId, structuredClone(route)]));
  }

  async compareAndSet(from: Route, to: Route) {
    if (this.records.get(from.tenantId)?.epoch !== from.epoch) {
      throw new Conflict(`the route of ${from.tenantId} has moved`);
    }
    this.records.set(to.tenantId, structuredClone(to));
  }
}
