import pLimit from 'p-limit';
import type { Clock } from '../migration/clock-port.ts';
import { Conflict } from '../migration/errors.ts';
import type { MigrationId, SegmentNumber } from '../migration/names.ts';
import type { Segment } from '../migration/segment.ts';
import type { Segments } from '../migration/segments/segments-port.ts';
import { LongTexts } from './long-text.ts';
import { partLocation } from './migration-parts.ts';
import type { Records } from './records.ts';
import { segmentClaimsIn } from './segment-claims.ts';
import { DELETABLE, EXPIRING, segmentHashesIn } from './segment-hashes.ts';
import { DELETED_PARTS, PREFIX, SegmentRecord, segmentKey, unitsOf } from './segment-record.ts';
import { UNFINISHED, unfinishedPassesIn } from './unfinished-passes.ts';
import { updateOf } from './update.ts';

/** Updates in flight. */
const UPDATES = 8;

/** Stores segments: the record of each in the migrations table, and what is apart from it because of its size. */
export const segmentsIn = (records: Records, table: string, clock: Clock): Segments => ({
  ...segmentRecordsIn(records, table),
  ...segmentClaimsIn(records, table, clock),
  ...segmentHashesIn(records, table),
  ...unfinishedPassesIn(records, table),
  forgetKeys: (migrationId) => forgetKeys(records, table, migrationId),
});

/** Parses a segment. A damaged one also ends a list: a migration must not continue without one of its segments. */
const parse = (records: Records, table: string, found: Record<string, unknown>): Segment =>
  records.parse(SegmentRecord, partLocation(table, found.migrationId, found.part), found);

async function* list(records: Records, table: string, migrationId: MigrationId): AsyncGenerator<Segment> {
  const found = records.query({
    TableName: table,
    KeyConditionExpression: 'migrationId = :m AND begins_with(part, :prefix)',
    ExpressionAttributeValues: { ':m': migrationId, ':prefix': PREFIX },
    ConsistentRead: true,
  });
  for await (const record of found) yield parse(records, table, record);
}

/** Stores results in `migrationId` + `SEGMENT#n` of the migrations table. */
const segmentRecordsIn = (
  records: Records,
  table: string,
): Pick<Segments, 'add' | 'get' | 'list' | 'record'> => {
  const get = async (migrationId: MigrationId, number: SegmentNumber): Promise<Segment> => {
    const found = await records.get(table, segmentKey(migrationId, number));
    if (!found) throw new Conflict(`${migrationId} has no segment ${number}`);
    return parse(records, table, found);
  };
  return {
    async add(migrationId, segments) {
      for (const { number, range, counted, units: unitsUsed } of segments) {
        const isNew = await records.put({
          TableName: table,
          Item: {
            ...segmentKey(migrationId, number),
            number,
            ...range,
            counted,
            ...unitsOf('survey', unitsUsed.survey),
          },
          ConditionExpression: 'attribute_not_exists(part)',
        });
        if (isNew) continue;
        const { range: there } = await get(migrationId, number);
        if (there.after !== range.after || there.through !== range.through) {
          throw new Conflict(
            `segment ${number} of ${migrationId} already exists with different boundaries: another attempt counted it. Retry the migration.`,
          );
        }
      }
    },

    get,

    list: (migrationId) => list(records, table, migrationId),

    async record(migrationId, number, { surveying, survey, ...result }, pass, unitsUsed) {
      const isThere = await records.update({
        TableName: table,
        Key: segmentKey(migrationId, number),
        ...updateOf({
          set: {
            ...result,
            ...(survey ? { survey: JSON.stringify(survey) } : {}),
            ...(surveying
              ? { surveyedThrough: surveying.through, surveyed: JSON.stringify(surveying.survey) }
              : {}),
          },
          add: unitsOf(pass, unitsUsed),
          condition: `attribute_exists(part) AND attribute_not_exists(#${DELETED_PARTS})`,
          names: { [`#${DELETED_PARTS}`]: DELETED_PARTS },
        }),
      });
      if (!isThere) throw new Conflict(`${migrationId} has no segment ${number}, or is closed`);
    },
  };
};

const forgetKeys = async (records: Records, table: string, migrationId: MigrationId): Promise<void> => {
  const texts = new LongTexts(records, table);
  const deleteParts = async ({ number, survey }: Segment): Promise<void> => {
    const { unmovable, ...movable } = survey ?? {};
    await records.update({
      TableName: table,
      Key: segmentKey(migrationId, number),
      ...updateOf({
        set: {
          ...{ after: undefined, through: undefined, copiedThrough: undefined, comparing: undefined },
          ...{ surveyedThrough: undefined, surveyed: undefined },
          ...(unmovable ? { survey: JSON.stringify(movable) } : {}),
          [DELETED_PARTS]: true,
        },
        condition: 'attribute_exists(part)',
      }),
    });
  };
  const segments: Segment[] = [];
  for await (const segment of list(records, table, migrationId)) segments.push(segment);
  await pLimit(UPDATES).map(segments, deleteParts);
  for (const prefix of [EXPIRING, DELETABLE, UNFINISHED]) await texts.forget(migrationId, prefix);
};
