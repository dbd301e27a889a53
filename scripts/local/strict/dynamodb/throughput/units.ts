import { canonicalItem } from '../../../../../functions/migration/items/canonical-item.ts';
import { itemSize } from '../../../../../functions/migration/items/item-size.ts';
import type { Item } from '../../../../../functions/migration/items/items.ts';
import { READ_UNIT_BYTES, WRITE_UNIT_BYTES } from '../../../../../functions/migration/limits.ts';
import type { IndexDesign, TableDesign } from './table-design.ts';

/** Write units of one write, for the table and for each partition of an index. */
export interface WriteUnits {
  readonly table: number;
  readonly indexes: readonly { readonly index: string; readonly value: string; readonly units: number }[];
}

/**
 * Factor of the units of a transaction, which prepares and commits each write and reads each item twice. [Amazon DynamoDB
 * Transactions: capacity management]
 */
export const TRANSACTION_FACTOR = 2;

/** Returns whole units of 1 KB; a missing item counts as one. [DynamoDB read and write operations] */
const writeUnitsOf = (item: Item | undefined): number =>
  Math.max(1, Math.ceil(item === undefined ? 0 : itemSize(item) / WRITE_UNIT_BYTES));

/** Returns whole units of 4 KB, half of that if eventually consistent. [DynamoDB read and write operations] */
export const readUnitsOf = (item: Item | undefined, isConsistent: boolean): number =>
  Math.max(1, Math.ceil(item === undefined ? 0 : itemSize(item) / READ_UNIT_BYTES)) / (isConsistent ? 1 : 2);

/**
 * Returns the units of a write that replaces `before` by `after`: those of the larger item for the table, and those of the
 * changed entries for each index. [DynamoDB read and write operations; Using Global Secondary Indexes: write units]
 */
export const writeUnits = (
  { globalIndexes, localIndexes }: TableDesign,
  before: Item | undefined,
  after: Item | undefined,
): WriteUnits => {
  const local = localIndexes.flatMap((index) => entryUnits(index, before, after));
  return {
    table: Math.max(writeUnitsOf(before), writeUnitsOf(after)) + total(local),
    indexes: globalIndexes.flatMap((index) => entryUnits(index, before, after)),
  };
};

type EntryUnits = WriteUnits['indexes'][number];

const total = (entries: readonly EntryUnits[]): number => entries.reduce((sum, { units }) => sum + units, 0);

const entryUnits = (index: IndexDesign, before: Item | undefined, after: Item | undefined): EntryUnits[] => {
  const removed = entryOf(index, before);
  const added = entryOf(index, after);
  if (removed && added && removed.key === added.key) {
    // an unchanged entry costs nothing
    if (removed.text === added.text) return [];
    return [
      { ...unitsOf(index, added), units: Math.max(writeUnitsOf(removed.item), writeUnitsOf(added.item)) },
    ];
  }
  return [removed, added].flatMap((entry) => (entry ? [unitsOf(index, entry)] : []));
};

interface Entry {
  readonly item: Item;
  readonly value: string;
  readonly key: string;
  readonly text: string;
}

const unitsOf = ({ name }: IndexDesign, { item, value }: Entry): EntryUnits => ({
  index: name,
  value,
  units: writeUnitsOf(item),
});

/**
 * Returns an item's entry in an index; undefined if it lacks one of the index's key attributes. [Global secondary indexes:
 * attribute projections]
 */
const entryOf = (
  { partitionKey, sortKey, attributes }: IndexDesign,
  item: Item | undefined,
): Entry | undefined => {
  const value = item?.[partitionKey];
  if (item === undefined || value === undefined) return undefined;
  if (sortKey !== undefined && item[sortKey] === undefined) return undefined;
  const projected = attributes
    ? Object.fromEntries(Object.entries(item).filter(([name]) => attributes.has(name)))
    : item;
  const sort = sortKey === undefined ? undefined : item[sortKey];
  return {
    item: projected,
    value: keyText(value),
    key: canonicalItem({ value, ...(sort === undefined ? {} : { sort }) }),
    text: canonicalItem(projected),
  };
};

/** Returns a key attribute's type and value as text. */
export const keyText = (value: unknown): string => JSON.stringify(value) ?? '';
