import type { LeasedRoute } from './route-reader.ts';

/**
 * The routes asked for last, by tenant, `size` of them at most. A map keeps its keys in the order in which they were
 * set, and a tenant in use is set again each half of a lease: so the first is one that is idle, or used least lately.
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
