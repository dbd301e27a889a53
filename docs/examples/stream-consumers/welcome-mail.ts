import { belongsToLiveTable, type TenantRouter } from 'tierferry/router';
import type { ChangeRecord } from './change-record.ts';

export interface Outbox {
  /**
   * Adds a mail unless one with this id was added before: a put with the condition `attribute_not_exists(id)`, in a table
   * that is no tier table. Another function sends what was added.
   */
  addOnce(id: string, to: string): Promise<void>;
}

/**
 * Welcomes each new student once. The enrolment's id comes from the item, so it is the same in the copies that a
 * migration makes, and in records that are delivered again. The record's own id is not.
 */
export const welcomeStudent = async (
  record: ChangeRecord,
  router: TenantRouter,
  outbox: Outbox,
): Promise<void> => {
  const { enrolmentId, email } = record.dynamodb?.NewImage ?? {};
  if (record.eventName !== 'INSERT' || enrolmentId?.S === undefined || email?.S === undefined) return;
  if (await belongsToLiveTable(record, router)) await outbox.addOnce(enrolmentId.S, email.S);
};
