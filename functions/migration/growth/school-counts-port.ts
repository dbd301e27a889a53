import type { TableName, TenantId } from '../names.ts';

/** The tenants of a table that gained or lost a school. */
export interface SchoolChanges {
  readonly table: TableName;
  readonly tenantIds: readonly TenantId[];
}

export interface SchoolCounts {
  /**
   * Requests that the schools of these tenants are counted, and does not wait for the count. A request may be lost or
   * carried out twice; the sweep finds what a lost one would have found.
   */
  request(changes: SchoolChanges): Promise<void>;
}
