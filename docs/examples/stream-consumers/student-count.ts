import type { ChangeRecord } from './change-record.ts';
import { followItem, type Tables } from './follow-item.ts';

export interface StudentCounts {
  /**
   * Notes that a student is enrolled or not, and adds 1 or -1 to the tenant's count if that is new. Both in one
   * transaction, so that a repeated record counts once.
   */
  setEnrolled(tenantId: string, student: string, isEnrolled: boolean): Promise<void>;
}

/** Counts students by what is there, and not by adding up INSERT and REMOVE: records may be repeated. */
export const countStudent = (record: ChangeRecord, tables: Tables, counts: StudentCounts): Promise<void> =>
  followItem(record, tables, async ({ tenantId, entityKey }, item) => {
    if (entityKey.startsWith('STUDENT#')) await counts.setEnrolled(tenantId, entityKey, item !== undefined);
  });
