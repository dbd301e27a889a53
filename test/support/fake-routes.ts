import { Conflict, RecordDamaged } from '../../functions/migration/errors.ts';
import type { TenantId } from '../../functions/migration/names.ts';
import type { CaptureRoute, Route } from '../../functions/migration/route/route.ts';
import type { Routes } from '../../functions/migration/route/routes-port.ts';

export class FakeRoutes implements Routes {
  readonly records = new Map<TenantId, Route>();
  /** Tenants with a damaged route. */
  readonly damaged = new Set<TenantId>();

  async get(tenantId: TenantId) {
    if (this.damaged.has(tenantId))
      throw new RecordDamaged({ table: 'routes', key: tenantId, field: 'table' });
    return structuredClone(this.records.get(tenantId));
  }

  async getMany(tenantIds: readonly TenantId[]) {
    const isDamaged = (tenantId: TenantId) => this.damaged.has(tenantId);
    const found = tenantIds
      .filter((tenantId) => !isDamaged(tenantId))
      .flatMap((tenantId) => this.records.get(tenantId) ?? []);
    const routes = found.map(({ tenantId, table, capture }): [TenantId, CaptureRoute] => [
      tenantId,
      structuredClone({ tenantId, table, ...(capture ? { capture } : {}) }),
    ]);
    return { routes: new Map(routes), damaged: new Set(tenantIds.filter(isDamaged)) };
  }

  async *fenced() {
    for (const [tenantId, route] of this.records)
      if (route.writes === 'fenced' && !this.damaged.has(tenantId)) yield structuredClone(route);
  }

  async compareAndSet(from: Route, to: Route) {
    if (this.records.get(from.tenantId)?.epoch !== from.epoch) {
      throw new Conflict(`the route of ${from.tenantId} has moved`);
    }
    this.records.set(to.tenantId, structuredClone(to));
  }
}
