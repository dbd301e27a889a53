import type { Slice } from '../clock-port.ts';
import { itemSize } from '../items/item-size.ts';
import { indexWriteUnitsOf, tableWriteUnitsOf } from '../items/item-units.ts';
import { byKeyOrder, type Item } from '../items/items.ts';
import { type KeyLayout, layoutOf } from '../items/key-layout.ts';
import { isSentinelItem } from '../items/sentinel.ts';
import { hasLostAttribute, hasReservedKey } from '../items/unmovable.ts';
import type { Migration, Units } from '../migration.ts';
import type { EntityKey, SegmentNumber } from '../names.ts';
import { PacedReads, WHOLE_SEGMENTS_UNITS_PER_SECOND } from '../partition/paced-reads.ts';
import { countRange, type Meter, readWithSentinels, unitsSince } from '../partition/read-range.ts';
import { runResumablePass } from '../partition/resumable-pass.ts';
import type { Ports } from '../ports.ts';
import type { KeyRange, Segment, Survey } from '../segment.ts';
import { countUnitsOnFailure } from '../segments/count-units-on-failure.ts';
import type { TableDesign } from '../settings/settings.ts';
import { EntityTypes } from './entity-types.ts';
import { type IndexedAttribute, indexedAttributes, indexKeyProblem } from './index-key-problems.ts';
import { EMPTY_SURVEY, mergeSurveys } from './merge-surveys.ts';
import { UnmovableTally } from './unmovable-tally.ts';

/**
 * Number of consecutive readings that must differ from the counts before and after them. If an application puts and deletes
 * an item at random times, both counts contain it and the reading does not with a probability of at most 4/27. For ten
 * readings that is about 1 in 10^8. Each reading covers half of the range of the one before, so all of them together cost
 * about eight passes over the segment.
 */
const READINGS = 10;

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
      : readAsCounted(ports, migration, { segment, slice, meter });
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

/** A part of a segment that was read between two counts. */
interface CountedPart {
  readonly range: KeyRange;
  readonly survey: Survey;
  readonly keys: readonly EntityKey[];
  /** Number of items that both counts found and the reading did not; 0 if the two counts differ. */
  readonly uncounted: number;
}

/**
 * Reads a segment again, between two counts. Two equal counts do not prove that the application wrote nothing in between:
 * it may have put an item and deleted it. A fault that leaves items out of a reading does so each time, at the same keys.
 * So a difference is searched for in ever smaller halves of the segment, and the survey reports it only if each reading
 * finds the same one.
 */
const readAsCounted = async (
  ports: Ports,
  migration: Migration,
  { segment, slice, meter }: SurveyPass,
): Promise<Survey> => {
  const { tableDesign, pageItems } = ports.settings;
  const { table } = migration.source;
  const partition = ports.partition(migration.tenantId);
  const reads = new PacedReads(ports, migration, slice, { atLeast: WHOLE_SEGMENTS_UNITS_PER_SECOND });
  const layout = layoutOf(ports.settings);
  const count = (range: KeyRange) => countRange(partition, table, range, pageItems, meter, reads);
  const readBetweenCounts = async (range: KeyRange): Promise<CountedPart> => {
    const surveyor = new Surveyor(tableDesign);
    const keys: EntityKey[] = [];
    const before = await count(range);
    for await (const items of readWithSentinels(partition, table, range, pageItems, meter, reads))
      for (const item of items) {
        surveyor.add(item);
        keys.push(layout.keyOf(item));
      }
    const after = await count(range);
    return {
      range,
      survey: surveyor.value(),
      keys,
      uncounted: before === after ? before - keys.length : 0,
    };
  };
  const whole = await readBetweenCounts(segment.range);
  let part = whole;
  for (let readings = 1; part.uncounted !== 0 && readings < READINGS; readings += 1) {
    const half = await differingHalf(part, count);
    if (!half) return whole.survey;
    part = await readBetweenCounts(half.range);
    if (part.uncounted !== half.uncounted) return whole.survey;
  }
  return part.uncounted === 0 ? whole.survey : { ...whole.survey, uncounted: whole.uncounted };
};

/**
 * Counts the halves of a part, and returns the first one whose count differs from the reading.
 * @returns undefined if the differences of the halves do not add up to the part's, so the application has written.
 */
const differingHalf = async (
  part: CountedPart,
  count: (range: KeyRange) => Promise<number>,
): Promise<Pick<CountedPart, 'range' | 'uncounted'> | undefined> => {
  const halves: Pick<CountedPart, 'range' | 'uncounted'>[] = [];
  for (const { range, items } of halvesOf(part))
    halves.push({ range, uncounted: (await count(range)) - items });
  const sum = halves.reduce((total, { uncounted }) => total + uncounted, 0);
  return sum === part.uncounted ? halves.find(({ uncounted }) => uncounted !== 0) : undefined;
};

/** Returns the ranges up to and behind the middle key with the number of items read; the part itself if it has one key. */
const halvesOf = ({ range, keys }: CountedPart): { readonly range: KeyRange; readonly items: number }[] => {
  const middle = keys[Math.floor((keys.length - 1) / 2)];
  if (middle === undefined || keys.length === 1) return [{ range, items: keys.length }];
  const items = keys.filter((key) => byKeyOrder(key, middle) <= 0).length;
  return [
    { range: { ...range, through: middle }, items },
    { range: { ...range, after: middle }, items: keys.length - items },
  ];
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
