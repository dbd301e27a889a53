import type { LeasedRoute } from './route-reader.ts';

/**
 * Cache of at most `size` routes, the most recently requested ones. A Map iterates in insertion order, and a tenant in
 * use is inserted again every half lease. So the first entry belongs to an idle tenant, or to the one requested longest
 * ago.
 */
export class RouteCache {
  readonly #size: number;
  readonly #routes = new Map<string, LeasedRoute>();

  constructor(size: number) {
    this.#size = size;
  }

  get(tenantId: string): LeasedRoute | undefined {
    return this.#routes.get(tenantId);
  }

  set(tenantId: string, route: LeasedRoute): void {
    this.#routes.delete(tenantId);
    this.#routes.set(tenantId, route);
    if (this.#routes.size <= this.#size) return;
    const [askedFirst] = this.#routes.keys();
    if (askedFirst !== undefined) this.#routes.delete(askedFirst);
  }

  delete(tenantId: string): void {
    this.#routes.delete(tenantId);
  }
}
