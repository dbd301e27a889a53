import type { Slice } from '../clock-port.ts';
import { itemSize } from '../items/item-size.ts';
import { indexWriteUnitsOf, tableWriteUnitsOf } from '../items/item-units.ts';
import type { Item } from '../items/items.ts';
import { type KeyLayout, layoutOf } from '../items/key-layout.ts';
import { isSentinelItem } from '../items/sentinel.ts';
import { hasLostAttribute, hasReservedKey } from '../items/unmovable.ts';
import type { Migration, Units } from '../migration.ts';
import type { SegmentNumber } from '../names.ts';
import { PacedReads, WHOLE_SEGMENTS_UNITS_PER_SECOND } from '../partition/paced-reads.ts';
import { countRange, type Meter, readWithSentinels, unitsSince } from '../partition/read-range.ts';
import { runResumablePass } from '../partition/resumable-pass.ts';
import type { Ports } from '../ports.ts';
import type { Segment, Survey } from '../segment.ts';
import { countUnitsOnFailure } from '../segments/count-units-on-failure.ts';
import type { TableDesign } from '../settings/settings.ts';
import { EntityTypes } from './entity-types.ts';
import { type IndexedAttribute, indexedAttributes, indexKeyProblem } from './index-key-problems.ts';
import { EMPTY_SURVEY, mergeSurveys } from './merge-surveys.ts';
import { UnmovableTally } from './unmovable-tally.ts';

/** Maximum number of times that a segment is read again because the count and the reading differ. */
const TRIES = 3;

/**
 * Reads one segment for the plan: counts and bytes by entity type, the largest item, the write units of putting all of
 * it, and the items that cannot be moved as they are. A finished survey is kept, and an unfinished one continues.
 * @param slice ends this part of the survey; absent to read to the end.
 * @throws SegmentUnfinished once its cursor is saved
 */
export const surveySegment = async (
  ports: Ports,
  migration: Migration,
  number: SegmentNumber,
  slice?: Slice,
): Promise<void> => {
  const { migrationId } = migration;
  const segment = await ports.segments.get(migrationId, number);
  if (segment.survey) return;
  const meter = { read: 0 };
  const used = unitsSince(meter);
  const survey = await countUnitsOnFailure(ports, { migrationId, number, pass: 'survey' }, used, async () => {
    const first = await readResumably(ports, migration, { segment, slice, meter, used });
    return seenIn(first) === segment.counted
      ? first
      : readAsCounted(ports, migration, { segment, slice, meter }, first);
  });
  await ports.segments.record(migrationId, number, { survey }, 'survey', used());
};

/** Returns the number of items that a survey has read, including sentinels, as a count does. */
const seenIn = ({ byEntityType, sentinels = 0 }: Survey): number =>
  Object.values(byEntityType).reduce((sum, { items }) => sum + items, sentinels);

interface SurveyPass {
  readonly segment: Segment;
  readonly slice: Slice | undefined;
  readonly meter: Meter;
}

/** Reads a segment from where an earlier slice stopped. */
const readResumably = async (
  ports: Ports,
  migration: Migration,
  { segment, slice, meter, used }: SurveyPass & { readonly used: () => Units },
): Promise<Survey> => {
  const { surveying, range, number } = segment;
  const { tableDesign, pageItems } = ports.settings;
  const surveyor = new Surveyor(tableDesign);
  const found = () => mergeSurveys(surveying?.survey ?? EMPTY_SURVEY, surveyor.value());
  const partition = ports.partition(migration.tenantId);
  const reads = new PacedReads(ports, migration, slice, { endWithSlice: true });
  await runResumablePass({
    after: surveying?.through,
    pages: (after) => {
      const rest = after === undefined ? range : { ...range, after };
      return readWithSentinels(partition, migration.source.table, rest, pageItems, meter, reads);
    },
    see: async (items) => {
      for (const item of items) surveyor.add(item);
      const last = items.at(-1);
      return last && layoutOf(ports.settings).keyOf(last);
    },
    save: (through) =>
      ports.segments.record(
        migration.migrationId,
        number,
        { surveying: { through, survey: found() } },
        'survey',
        used(),
      ),
  });
  return found();
};

/**
 * Reads a segment again until as many items are read as are counted, or the application has written between two counts.
 * If neither happens in any try, reading leaves items out, and the survey says how many.
 */
const readAsCounted = async (
  ports: Ports,
  migration: Migration,
  { segment: { range }, slice, meter }: SurveyPass,
  first: Survey,
): Promise<Survey> => {
  const { tableDesign, pageItems } = ports.settings;
  const { table } = migration.source;
  const partition = ports.partition(migration.tenantId);
  const reads = new PacedReads(ports, migration, slice, { atLeast: WHOLE_SEGMENTS_UNITS_PER_SECOND });
  const read = async (): Promise<Survey> => {
    const surveyor = new Surveyor(tableDesign);
    for await (const items of readWithSentinels(partition, table, range, pageItems, meter, reads))
      for (const item of items) surveyor.add(item);
    return surveyor.value();
  };
  const count = () => countRange(partition, table, range, pageItems, meter, reads);
  let survey = first;
  let difference = 0;
  for (let tries = 0; tries < TRIES; tries += 1) {
    const before = await count();
    survey = await read();
    const after = await count();
    if (before !== after || seenIn(survey) === before) return survey;
    difference = before - seenIn(survey);
  }
  return { ...survey, uncounted: difference };
};

/** Adds up what the plan needs to know about items. */
export class Surveyor {
  readonly #tableDesign: TableDesign;
  readonly #layout: KeyLayout;
  readonly #indexed: readonly IndexedAttribute[];
  readonly #byEntityType = new EntityTypes();
  readonly #unmovable = new UnmovableTally();
  #sentinels = 0;
  #largestItemBytes = 0;
  #tableWriteUnits = 0;
  #indexWriteUnits = 0;

  constructor(tableDesign: TableDesign) {
    this.#tableDesign = tableDesign;
    this.#layout = layoutOf({ tableDesign });
    this.#indexed = indexedAttributes(tableDesign);
  }

  add(item: Item): void {
    if (isSentinelItem(item, this.#layout)) {
      this.#sentinels += 1;
      return;
    }
    const bytes = itemSize(item);
    this.#byEntityType.add(item[this.#tableDesign.typeAttribute ?? 'entityType']?.S ?? '(none)', {
      items: 1,
      bytes,
    });
    this.#largestItemBytes = Math.max(this.#largestItemBytes, bytes);
    this.#tableWriteUnits += tableWriteUnitsOf(bytes);
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
      sentinels: this.#sentinels > 0 ? this.#sentinels : undefined,
    };
  }

  #addProblems(item: Item): void {
    const found = { items: 1, keys: [this.#layout.keyOf(item)] };
    if (hasReservedKey(item, this.#layout)) this.#unmovable.add({ kind: 'reserved-key', ...found });
    if (hasLostAttribute(item)) this.#unmovable.add({ kind: 'lost-attribute', ...found });
    for (const indexed of this.#indexed) {
      const kind = indexKeyProblem(item, indexed);
      if (kind) this.#unmovable.add({ kind, attribute: indexed.name, ...found });
    }
  }
}
