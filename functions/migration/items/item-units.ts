import { WRITE_UNIT_BYTES } from '../limits.ts';
import { keyAttributes, type TableDesign, tierTableKeys } from '../settings/settings.ts';
import { itemSize } from './item-size.ts';
import type { Item } from './items.ts';

/**
 * Returns the write units of putting a new item into a table without indexes, or of deleting it. [Read and write
 * operations]
 */
export const tableWriteUnitsOf = (bytes: number): number => Math.ceil(bytes / WRITE_UNIT_BYTES);

/**
 * Returns the write units that the indexes add. An item is in an index if it has the index's keys; its entry has the
 * projected attributes. [Global secondary indexes]
 */
export const indexWriteUnitsOf = (design: TableDesign, item: Item, bytes: number): number => {
  const tableKeys = keyAttributes(tierTableKeys(design));
  let units = 0;
  for (const index of design.indexes) {
    const keys = keyAttributes(index);
    if (!keys.every(({ name, type }) => item[name]?.[type] !== undefined)) continue;
    const projected = index.projection === 'ALL' ? bytes : itemSize(keysOf(item, [...tableKeys, ...keys]));
    units += tableWriteUnitsOf(projected);
  }
  return units;
};

/** Returns the write units of putting a new item into a table of this design, or of deleting it. */
export const writeUnitsOf = (design: TableDesign, item: Item): number => {
  const bytes = itemSize(item);
  return tableWriteUnitsOf(bytes) + indexWriteUnitsOf(design, item, bytes);
};

const keysOf = (item: Item, keys: readonly { name: string }[]): Item =>
  Object.fromEntries(keys.flatMap(({ name }) => (item[name] ? [[name, item[name]]] : [])));
