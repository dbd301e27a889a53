import { itemSize } from '../../../../../functions/migration/items/item-size.ts';
import type { Item } from '../../../../../functions/migration/items/items.ts';
import { ItemCollection, type PartitionSettings } from './item-collection.ts';
import type { Keys, TableDesign } from './table-design.ts';
import type { Throttle } from './throttled.ts';
import { keyText, writeUnits } from './units.ts';

/** A place in a table or an index. */
export interface ReadPosition {
  readonly design: TableDesign;
  /** Absent for the table itself. */
  readonly index?: string | undefined;
  /** The partition key's value as text. */
  readonly value: string;
  /** Sort key within the collection; the empty text is the beginning. */
  readonly position: string;
}

/** A write of one item. */
export interface Write {
  readonly design: TableDesign;
  readonly key: Item;
  readonly before: Item | undefined;
  readonly after: Item | undefined;
}

/** The units of the partitions of all tables and indexes. */
export class Throughput {
  readonly #settings: PartitionSettings;
  readonly #now: () => number;
  readonly #collections = new Map<string, ItemCollection>();

  constructor(settings: PartitionSettings, now: () => number) {
    this.#settings = settings;
    this.#now = now;
  }

  /** Checks whether the read's partition has units. @returns the reason if the read is throttled; else undefined */
  refuseRead(place: ReadPosition): Throttle | undefined {
    const { design, index, position } = place;
    if (this.#collection(place).admits('reads', position)) return undefined;
    return { design, kind: 'reads', index };
  }

  /** Takes the units of a read that was made. They may exceed the units that are left. */
  takeRead(place: ReadPosition, units: number): void {
    this.#collection(place).take('reads', place.position, units);
  }

  /**
   * Takes the units of a write if the partitions of the table and of all its indexes have any left: a slow index throttles
   * the table's writes. [Global secondary indexes: write back-pressure]
   * @returns the reason if the write is throttled; else undefined.
   */
  refuseWrite({ design, key, before, after }: Write, factor = 1): Throttle | undefined {
    const units = writeUnits(design, before, after);
    const place = slotOf(design, key);
    const own = this.#collection(place);
    if (!own.admits('writes', place.position)) return { design, kind: 'writes' };
    const entries = units.indexes.map(({ index, value, units: taken }) => {
      // one key value of an index is one partition, whatever its sort keys
      return { index, taken, collection: this.#collection({ design, index, value, position: '' }) };
    });
    for (const { index, collection } of entries) {
      if (!collection.admits('writes', '')) return { design, kind: 'writes', index };
    }
    own.take('writes', place.position, units.table * factor);
    for (const { collection, taken } of entries) collection.take('writes', '', taken * factor);
    if (after) own.grow(place.position, Math.max(0, itemSize(after) - (before ? itemSize(before) : 0)));
    return undefined;
  }

  /** Corrects the units of a write that was made. @param more units to take; negative to give some back */
  correct({ design, key }: Pick<Write, 'design' | 'key'>, more: number): void {
    const place = slotOf(design, key);
    this.#collection(place).take('writes', place.position, more);
  }

  /**
   * Corrects the units of a write whose condition failed: only the present item counts. [DynamoDB read and write
   * operations]
   */
  refund(write: Write): void {
    const { design, before, after } = write;
    const { table, indexes } = writeUnits(design, before, after);
    this.correct(write, writeUnits(design, before, before).table - table);
    for (const { index, value, units } of indexes)
      this.#collection({ design, index, value, position: '' }).take('writes', '', -units);
  }

  #collection({ design, index, value }: ReadPosition): ItemCollection {
    const name = JSON.stringify([design.table, index, value]);
    const known = this.#collections.get(name);
    if (known) return known;
    const canSplit = design.localIndexes.length === 0;
    const collection = new ItemCollection(this.#settings, canSplit, this.#now);
    this.#collections.set(name, collection);
    return collection;
  }
}

export const slotOf = (design: TableDesign, key: Item): ReadPosition => ({
  design,
  value: keyText(key[design.partitionKey]),
  position: design.sortKey === undefined ? '' : positionOf(key[design.sortKey]),
});

/** Returns the position of a sort key. Only text sort keys have one; partitions with others do not split here. */
export const positionOf = (value: Item[string] | undefined): string => value?.S ?? '';

/** Returns the key attributes of an item. */
export const keyOf = (keys: Keys, item: Item): Item => {
  const names = [keys.partitionKey, ...(keys.sortKey === undefined ? [] : [keys.sortKey])];
  return Object.fromEntries(names.flatMap((name) => (item[name] ? [[name, item[name]] as const] : [])));
};
