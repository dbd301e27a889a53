import { TenantWriteNotSent } from '../errors.ts';
import type { TenantRouting } from '../routing.ts';
import type { Access } from './operations.ts';

/** A request, or a part of one, with the tenants whose leases it needs. */
export interface LeasedRequest {
  readonly access: Access;
  readonly tenants: readonly string[];
  /** The caller's signal. */
  readonly signal: AbortSignal | undefined;
}

/** The live tables and the signal that a request may use until its leases end. */
export interface LeasedWork {
  /** Returns a tenant's live table. */
  tableOf(tenantId: string): string;
  /** Ends with the first of the leases, or with the caller's signal. */
  readonly signal: AbortSignal;
  /** Call it before each attempt to send. @throws the signal's reason once it has ended. */
  beforeSending(): void;
}

/** Maximum number of times that a read is started if its lease ends each time. */
const MAX_READS = 3;
/**
 * Time in which a write that was not sent is started again, in ms. It is as long as a write waits for one fence by
 * default: a transaction may use up the lease of one tenant while it waits for the fence of another.
 */
const MAX_WRITE_START_MS = 10_000;

/**
 * Runs requests under the leases of their tenants. A read whose lease ended is started again, and so is a write that was
 * not sent: neither can have changed anything.
 */
export class UnderLeases {
  readonly #router: TenantRouting;
  /** Tables that a route has named in this process. */
  readonly #liveTables = new Set<string>();

  readonly #now: () => number;

  /** @param now returns the time in ms since a fixed moment. */
  constructor(router: TenantRouting, now = () => performance.now()) {
    this.#router = router;
    this.#now = now;
  }

  /** True if a route has named the table in this process. */
  isLiveTable(table: string): boolean {
    return this.#liveTables.has(table);
  }

  /**
   * Runs `send` with the leases of all tenants, and returns its value.
   * @throws TenantLeaseExpired if a lease ended after a write was sent, or three times during a read.
   * @throws TenantWriteNotSent if leases ended before the write was sent, for 10 s.
   * @throws any other error of the router, and of `send`.
   */
  async run<T>(request: LeasedRequest, send: (leased: LeasedWork) => Promise<T>): Promise<T> {
    // one order for all, so that two transactions do not each use up a lease while they wait for the other's tenant
    const tenants = request.tenants.length === 1 ? request.tenants : [...new Set(request.tenants)].sort();
    const calledAt = this.#now();
    for (let start = 1; ; start++) {
      const progress = { isSent: false };
      try {
        return await this.#nest({ ...request, tenants }, new Map(), progress, send);
      } catch (error) {
        const ended = leaseExpiredTenant(error);
        if (ended === undefined || request.signal?.aborted) throw error;
        if (request.access === 'read') {
          if (start >= MAX_READS) throw error;
        } else {
          if (progress.isSent) throw error;
          if (this.#now() - calledAt > MAX_WRITE_START_MS)
            throw new TenantWriteNotSent(ended, { cause: error });
        }
      }
    }
  }

  /** Takes the lease of the first tenant, and inside of it those of the others. */
  #nest<T>(
    { access, tenants, signal }: LeasedRequest,
    tables: Map<string, string>,
    progress: { isSent: boolean },
    send: (leased: LeasedWork) => Promise<T>,
  ): Promise<T> {
    const [tenantId, ...others] = tenants;
    if (tenantId === undefined) throw new TypeError('a request needs at least one tenant');
    return this.#router[access](
      tenantId,
      (table, lease) => {
        this.#liveTables.add(table);
        tables.set(tenantId, table);
        if (others.length > 0)
          return this.#nest({ access, tenants: others, signal: lease.signal }, tables, progress, send);
        const beforeSending = () => {
          lease.signal.throwIfAborted();
          progress.isSent = true;
        };
        return send({ tableOf: tableIn(tables), signal: lease.signal, beforeSending });
      },
      { signal },
    );
  }
}

const tableIn = (tables: ReadonlyMap<string, string>) => (tenantId: string) => {
  const table = tables.get(tenantId);
  if (table === undefined) throw new TypeError('the request has no lease of this tenant');
  return table;
};

/** Returns the tenant whose lease ended. By name, since the router may come from another copy of the package. */
const leaseExpiredTenant = (error: unknown): string | undefined =>
  error instanceof Error &&
  error.name === 'TenantLeaseExpired' &&
  'tenantId' in error &&
  typeof error.tenantId === 'string'
    ? error.tenantId
    : undefined;
