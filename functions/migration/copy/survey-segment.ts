import { isSentinelItem } from '../capture/sentinel.ts';
import { countingFailedTry } from '../count-failed-try.ts';
import { itemSize } from '../item-size.ts';
import { type Item, keyOf } from '../items.ts';
import { WRITE_UNIT_BYTES } from '../limits.ts';
import type { Migration } from '../migration.ts';
import { readUnits, type SegmentNumber, writeUnits } from '../names.ts';
import { EntityTypes } from '../plan/entity-types.ts';
import { type IndexedAttribute, indexedAttributes, indexKeyProblem } from '../plan/index-key-problems.ts';
import { UnmovableTally } from '../plan/unmovable-tally.ts';
import type { Ports } from '../ports.ts';
import { countRange, type Meter, readWithSentinels } from '../read-range.ts';
import type { Segment, Survey } from '../segment.ts';
import { keyAttributes, type TableDesign } from '../settings.ts';
import { hasLostAttribute, hasReservedKey } from '../unmovable.ts';

/** Times that a segment is read again because another number of items was counted. */
const TRIES = 3;

/**
 * Reads one segment for the plan: counts and bytes by entity type, the largest item, the write units that putting it all
 * will take, and the items that cannot be moved as they are. An earlier survey of the segment stands.
 */
export const surveySegment = async (
  ports: Ports,
  migration: Migration,
  number: SegmentNumber,
): Promise<void> => {
  const { migrationId } = migration;
  const segment = await ports.segments.get(migrationId, number);
  if (segment.survey) return;
  const meter = { read: 0 };
  const used = () => ({ read: readUnits(meter.read), write: writeUnits(0) });
  const survey = await countingFailedTry(ports, { migrationId, number, pass: 'survey' }, used, () =>
    readAsCounted(ports, migration, segment, meter),
  );
  await ports.segments.record(migrationId, number, { survey }, 'survey', used());
};

/**
 * Reads a segment until as many items are read as are counted, or the application has written between two counts. If neither
 * is so every time, reading leaves items out, and the survey says how many.
 */
const readAsCounted = async (
  ports: Ports,
  { tenantId, source }: Migration,
  { range, counted }: Segment,
  meter: Meter,
): Promise<Survey> => {
  const { tableDesign, pageItems } = ports.settings;
  const partition = ports.partition(tenantId);
  const read = async (): Promise<Surveyor> => {
    const surveyor = new Surveyor(tableDesign);
    for await (const items of readWithSentinels(partition, source.table, range, pageItems, meter)) {
      for (const item of items) surveyor.add(item);
    }
    return surveyor;
  };
  const count = () => countRange(partition, source.table, range, pageItems, meter);
  let surveyor = await read();
  if (surveyor.seen === counted) return surveyor.value();
  let difference = 0;
  for (let tries = 0; tries < TRIES; tries += 1) {
    const before = await count();
    surveyor = await read();
    const after = await count();
    if (before !== after || surveyor.seen === before) return surveyor.value();
    difference = before - surveyor.seen;
  }
  return { ...surveyor.value(), uncounted: difference };
};

/** Adds up what the plan needs to know of items. */
export class Surveyor {
  readonly #tableDesign: TableDesign;
  readonly #indexed: readonly IndexedAttribute[];
  readonly #byEntityType = new EntityTypes();
  readonly #unmovable = new UnmovableTally();
  #seen = 0;
  #sentinels = 0;
  #largestItemBytes = 0;
  #tableWriteUnits = 0;
  #indexWriteUnits = 0;

  constructor(tableDesign: TableDesign) {
    this.#tableDesign = tableDesign;
    this.#indexed = indexedAttributes(tableDesign);
  }

  /** Items that were added, sentinels among them: as many as a count finds. */
  get seen(): number {
    return this.#seen;
  }

  add(item: Item): void {
    this.#seen += 1;
    if (isSentinelItem(item)) {
      this.#sentinels += 1;
      return;
    }
    const bytes = itemSize(item);
    this.#byEntityType.add(item.entityType?.S ?? '(none)', { items: 1, bytes });
    this.#largestItemBytes = Math.max(this.#largestItemBytes, bytes);
    this.#tableWriteUnits += Math.ceil(bytes / WRITE_UNIT_BYTES);
    this.#indexWriteUnits += indexWriteUnitsOf(this.#tableDesign, item, bytes);
    this.#addProblems(item);
  }

  value(): Survey {
    return {
      byEntityType: this.#byEntityType.value(),
      largestItemBytes: this.#largestItemBytes,
      tableWriteUnits: this.#tableWriteUnits,
      indexWriteUnits: this.#indexWriteUnits,
      ...this.#unmovable.value(),
      ...(this.#sentinels > 0 ? { sentinels: this.#sentinels } : {}),
    };
  }

  #addProblems(item: Item): void {
    const found = { items: 1, keys: [keyOf(item)] };
    if (hasReservedKey(item)) this.#unmovable.add({ kind: 'reserved-key', ...found });
    if (hasLostAttribute(item)) this.#unmovable.add({ kind: 'lost-attribute', ...found });
    for (const indexed of this.#indexed) {
      const kind = indexKeyProblem(item, indexed);
      if (kind) this.#unmovable.add({ kind, attribute: indexed.name, ...found });
    }
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
