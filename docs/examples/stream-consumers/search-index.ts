import type { ChangeRecord, Item, ItemKey } from './change-record.ts';
import { followItem, type Tables } from './follow-item.ts';

/** A search index with one document for each tenant and key, in whichever table the item is. */
export interface SearchIndex {
  put(key: ItemKey, item: Item): Promise<void>;
  delete(key: ItemKey): Promise<void>;
}

export const indexItem = (record: ChangeRecord, tables: Tables, index: SearchIndex): Promise<void> =>
  followItem(record, tables, (key, item) => (item ? index.put(key, item) : index.delete(key)));
