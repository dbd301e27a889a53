import { itemSize } from '../item-size.ts';
import type { Item } from '../items.ts';
import { WRITE_UNIT_BYTES } from '../limits.ts';
import type { Migration } from '../migration.ts';
import { readUnits, type SegmentNumber, writeUnits } from '../names.ts';
import { EntityTypes } from '../plan/entity-types.ts';
import type { Ports } from '../ports.ts';
import { readRange } from '../read-range.ts';
import type { Survey } from '../segment.ts';
import { keyAttributes, type TableDesign } from '../settings.ts';

/**
 * Reads one segment for the plan: counts and bytes by entity type, the largest item, and the write units that putting
 * it all will take. An earlier survey of the segment stands.
 */
export const surveySegment = async (
  ports: Ports,
  migration: Migration,
  number: SegmentNumber,
): Promise<void> => {
  const { migrationId, source } = migration;
  const segment = await ports.segments.get(migrationId, number);
  if (segment.survey) return;
  const { tableDesign, pageItems } = ports.settings;
  const surveyor = new Surveyor(tableDesign);
  const meter = { read: 0 };
  const partition = ports.partition(migration.tenantId);
  for await (const items of readRange(partition, source.table, segment.range, pageItems, meter)) {
    for (const item of items) surveyor.add(item);
  }
  await ports.segments.record(migrationId, number, { survey: surveyor.value() }, 'survey', {
    read: readUnits(meter.read),
    write: writeUnits(0),
  });
};

/** Adds up what the plan needs to know of items. */
export class Surveyor {
  readonly #tableDesign: TableDesign;
  readonly #byEntityType = new EntityTypes();
  #largestItemBytes = 0;
  #tableWriteUnits = 0;
  #indexWriteUnits = 0;

  constructor(tableDesign: TableDesign) {
    this.#tableDesign = tableDesign;
  }

  add(item: Item): void {
    const bytes = itemSize(item);
    this.#byEntityType.add(item.entityType?.S ?? '(none)', { items: 1, bytes });
    this.#largestItemBytes = Math.max(this.#largestItemBytes, bytes);
    this.#tableWriteUnits += Math.ceil(bytes / WRITE_UNIT_BYTES);
    this.#indexWriteUnits += indexWriteUnitsOf(this.#tableDesign, item, bytes);
  }

  value(): Survey {
    return {
      byEntityType: this.#byEntityType.value(),
      largestItemBytes: this.#largestItemBytes,
      tableWriteUnits: this.#tableWriteUnits,
      indexWriteUnits: this.#indexWriteUnits,
    };
  }
}

/** An item is in an index if it has the index's keys; its entry has the projected attributes. [Global secondary indexes] */
const indexWriteUnitsOf = ({ indexes }: TableDesign, item: Item, bytes: number): number => {
  let units = 0;
  for (const index of indexes) {
    const keys = keyAttributes(index);
    if (!keys.every(({ name, type }) => item[name]?.[type] !== undefined)) continue;
    const projected = index.projection === 'ALL' ? bytes : itemSize(keysOf(item, keys));
    units += Math.ceil(projected / WRITE_UNIT_BYTES);
  }
  return units;
};

const keysOf = (item: Item, keys: readonly { name: string }[]): Item =>
  Object.fromEntries(
    ['tenantId', 'entityKey', ...keys.map(({ name }) => name)].flatMap((name) =>
      item[name] ? [[name, item[name]]] : [],
    ),
  );
