import type { Access } from './operations.ts';
import type { Fields } from './records.ts';
import type { TenantNames } from './tenant-names.ts';
import type { TenantTables } from './tenant-tables.ts';
import type { LeasedWork, UnderLeases } from './under-leases.ts';

/** A request that the application has sent, and what routing it needs. */
export interface RoutingRequest {
  readonly operation: string;
  readonly input: Fields;
  /** The caller's signal. */
  readonly signal: AbortSignal | undefined;
  readonly names: TenantNames;
  readonly tables: TenantTables;
  readonly leases: UnderLeases;
  /** The attribute of the table's sort key. */
  readonly sortKey: string;
  /** Sends the request with another input under leases, and returns its output. */
  send(input: Fields, leased: LeasedWork): Promise<unknown>;
  /** Sends the request with another input as it is, without a lease, and returns its output. */
  passOn(input: Fields): Promise<unknown>;
}

/** Sends the request to the live table of one tenant. */
export const sendToTenant = (
  request: RoutingRequest,
  access: Access,
  tenantId: string,
  inputFor: (table: string) => Fields,
): Promise<unknown> =>
  request.leases.run({ access, tenants: [tenantId], signal: request.signal }, (leased) =>
    request.send(inputFor(leased.tableOf(tenantId)), leased),
  );
