import { canonicalItem } from '../../../../../functions/migration/canonical-item.ts';
import { itemSize } from '../../../../../functions/migration/item-size.ts';
import type { Item } from '../../../../../functions/migration/items.ts';
import { READ_UNIT_BYTES, WRITE_UNIT_BYTES } from '../../../../../functions/migration/limits.ts';
import type { IndexDesign, TableDesign } from './table-design.ts';

/** Units of one write, on the table and on each partition of an index. */
export interface WriteUnits {
  readonly table: number;
  readonly indexes: readonly { readonly index: string; readonly value: string; readonly units: number }[];
}

/** A transaction prepares and commits each write, and reads each item twice. [Amazon DynamoDB Transactions: capacity management] */
export const TRANSACTION_FACTOR = 2;

/** Whole units of 1 KB; an item that is not there counts as one. [DynamoDB read and write operations] */
const writeUnitsOf = (item: Item | undefined): number =>
  Math.max(1, Math.ceil(item === undefined ? 0 : itemSize(item) / WRITE_UNIT_BYTES));

/** Whole units of 4 KB, half if eventually consistent. [DynamoDB read and write operations] */
export const readUnitsOf = (item: Item | undefined, isConsistent: boolean): number =>
  Math.max(1, Math.ceil(item === undefined ? 0 : itemSize(item) / READ_UNIT_BYTES)) / (isConsistent ? 1 : 2);

/**
 * Units of a write that leaves `after` in the place of `before`: the larger of both for the table, and for each index what
 * its entry takes. [DynamoDB read and write operations; Using Global Secondary Indexes: write units]
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
    // an entry that stays as it is costs nothing
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

/** An index holds items that have all of its key attributes. [Global secondary indexes: attribute projections] */
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

/** A key attribute's value as text, of its type and its value. */
export const keyText = (value: unknown): string => JSON.stringify(value) ?? '';
