import { originOf } from 'tierferry/router';
import { type ChangeRecord, type Item, keyOf } from './change-record.ts';
import { readItem, type Tables } from './follow-item.ts';

export interface AuditLog {
  /** Adds an entry unless it was added before: a put with the condition `attribute_not_exists(id)`. */
  addOnce(entry: {
    readonly id: string;
    readonly tenantId: string;
    readonly entityKey: string;
  }): Promise<void>;
}

/** Each write of the application gives the item a new id of its change. A copy has the id of its original. */
const changeIdOf = (image: Item | undefined): string | undefined => image?.changeId?.S;

/** Logs each change of the application once. */
export const auditChange = async (record: ChangeRecord, tables: Tables, log: AuditLog): Promise<void> => {
  const origin = await originOf(record, tables.router);
  if (origin === 'tierferry') return;
  const { OldImage, NewImage } = record.dynamodb ?? {};
  const [before, after] = [changeIdOf(OldImage), changeIdOf(NewImage)];
  if (after !== undefined) return log.addOnce({ id: after, ...keyOf(record) });
  if (before === undefined) return;
  // right after a flip, an item may have been deleted from the table that its tenant has left
  if (origin === 'either' && changeIdOf(await readItem(tables, record)) === before) return;
  await log.addOnce({ id: `${before}, deleted`, ...keyOf(record) });
};
