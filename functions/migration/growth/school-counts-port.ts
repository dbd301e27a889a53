import * as z from 'zod';
import type { TableName, TenantId } from '../names.ts';
import { type FieldsOf, named } from '../record-fields.ts';

/** The tenants of a table that gained or lost a school. */
export const SchoolChanges = z.object({
  table: named.text<TableName>(),
  tenantIds: z.array(named.text<TenantId>()),
});
export type SchoolChanges = FieldsOf<typeof SchoolChanges>;

export interface SchoolCounts {
  /**
   * Requests that the schools of these tenants are counted, and does not wait for the count. A request may be lost or
   * carried out twice; the sweep finds what a lost one would have found.
   */
  request(changes: SchoolChanges): Promise<void>;
}
