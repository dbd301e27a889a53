import pLimit from 'p-limit';
import * as z from 'zod';
import type { Clock } from '../migration/clock-port.ts';
import { Conflict, SegmentClaimed } from '../migration/errors.ts';
import type { Units } from '../migration/migration.ts';
import type {
  EntityKey,
  EpochMs,
  MigrationId,
  ReadUnits,
  SegmentNumber,
  WriteUnits,
} from '../migration/names.ts';
import type {
  Checksum,
  Difference,
  Mismatch,
  Segment,
  Survey,
  UnfinishedPass,
} from '../migration/segment.ts';
import type { Pass, Segments } from '../migration/segments/segments-port.ts';
import { LongTexts } from './long-text.ts';
import { metaUnchanged } from './meta.ts';
import { asciiJson, jsonDocument, jsonText, named } from './parsing.ts';
import type { Records } from './records.ts';
import { updateOf } from './update.ts';

/** Number of digits of a segment's number in its key, so that keys sort like numbers. */
const DIGITS = 6;
export const PREFIX = 'SEGMENT#';
/** Updates in flight. */
const UPDATES = 8;
/** Set once the keys have been removed: a late pass must not add one again. */
const DELETED_PARTS = 'keysForgotten';
const CLAIM_EXPIRED = ' OR (#worker = :ranOut AND #claimedUntil = :ranOutUntil AND #claimedUntil <= :now)';
const DELETABLE = 'DELETABLE#';
const EXPIRING = 'EXPIRING#';
const UNFINISHED = 'UNFINISHED#';

const entityKey = named.text<EntityKey>();
const checksum = z.object({
  items: z.number(),
  bytes: z.number(),
  checksum: z.string(),
}) satisfies z.ZodType<Checksum>;
const difference = z.object({
  key: entityKey,
  kind: z.enum(['missing', 'extra', 'different']),
  source: z.string().optional(),
  target: z.string().optional(),
}) satisfies z.ZodType<Difference>;
const mismatch = z.object({
  differences: z.array(difference),
  differing: z.number(),
  extra: z.number().optional(),
  since: named.number<EpochMs>().optional(),
  isAfterReverseFlip: z.literal(true).optional(),
  attempt: z.number().optional(),
}) satisfies z.ZodType<Mismatch>;
const units = z.number().default(0);
const compared = z.object({ items: z.number(), differing: z.number(), ms: z.number(), round: z.number() });

export const SegmentRecord = z
  .object({
    number: named.number<SegmentNumber>(),
    after: entityKey.optional(),
    through: entityKey.optional(),
    counted: z.number(),
    // JSON, since a tenant's entity types cannot be attribute names: one may be empty
    survey: jsonDocument<Survey>('byEntityType', 'largestItemBytes', 'tableWriteUnits').optional(),
    worker: z.string().optional(),
    claimedUntil: named.number<EpochMs>().optional(),
    copiedThrough: entityKey.optional(),
    copiedItems: z.number().default(0),
    copiedBytes: z.number().default(0),
    copyDone: z.boolean().default(false),
    copyThrottles: z.number().default(0),
    surveyedThrough: entityKey.optional(),
    surveyed: jsonDocument<Survey>('byEntityType', 'largestItemBytes', 'tableWriteUnits').optional(),
    compared: compared.optional(),
    comparing: compared.extend({ through: entityKey }).optional(),
    verified: z
      .object({
        source: checksum,
        target: checksum,
        changed: z.number(),
        isAfterReverseFlip: z.literal(true).optional(),
        attempt: z.number().optional(),
      })
      .optional(),
    kept: checksum.optional(),
    keptExpiring: z.number().optional(),
    keptAfterHold: checksum.optional(),
    expiringChanged: z.number().optional(),
    mismatch: mismatch.optional(),
    cleanUpDone: z.boolean().default(false),
    surveyRead: units,
    surveyWrite: units,
    copyRead: units,
    copyWrite: units,
    verifyRead: units,
    verifyWrite: units,
    cleanUpRead: units,
    cleanUpWrite: units,
  })
  .transform((found): Segment => {
    const unitsUsed = (pass: Pass): Units => ({
      read: found[`${pass}Read`] as ReadUnits,
      write: found[`${pass}Write`] as WriteUnits,
    });
    const { worker, claimedUntil: until, survey, copiedThrough } = found;
    const { surveyedThrough, surveyed, comparing } = found;
    const { compared, verified, kept, keptExpiring, keptAfterHold, expiringChanged, mismatch } = found;
    return {
      number: found.number,
      range: {
        ...(found.after === undefined ? {} : { after: found.after }),
        ...(found.through === undefined ? {} : { through: found.through }),
      },
      counted: found.counted,
      ...(survey ? { survey } : {}),
      ...(worker !== undefined && until !== undefined ? { claim: { worker, until } } : {}),
      ...(copiedThrough === undefined ? {} : { copiedThrough }),
      copied: { items: found.copiedItems, bytes: found.copiedBytes },
      copyDone: found.copyDone,
      ...(found.copyThrottles > 0 ? { throttles: found.copyThrottles } : {}),
      ...(surveyedThrough !== undefined && surveyed
        ? { surveying: { through: surveyedThrough, survey: surveyed } }
        : {}),
      ...(compared ? { compared } : {}),
      ...(comparing ? { comparing } : {}),
      ...(verified ? { verified } : {}),
      ...(kept ? { kept } : {}),
      ...(keptExpiring === undefined ? {} : { keptExpiring }),
      ...(keptAfterHold ? { keptAfterHold } : {}),
      ...(expiringChanged === undefined ? {} : { expiringChanged }),
      ...(mismatch ? { mismatch } : {}),
      cleanUpDone: found.cleanUpDone,
      units: {
        survey: unitsUsed('survey'),
        copy: unitsUsed('copy'),
        verify: unitsUsed('verify'),
        cleanUp: unitsUsed('cleanUp'),
      },
    };
  });

const soFar = { attempt: z.number(), through: entityKey.optional() };
const expiring = z.object({ unseen: z.base64(), changed: z.number() }).optional();
const UnfinishedText = jsonText.pipe(
  z.discriminatedUnion('pass', [
    z.object({
      pass: z.literal('comparison'),
      ...soFar,
      isAfterReverseFlip: z.boolean(),
      startedAt: named.number<EpochMs>(),
      sides: z.object({
        source: checksum,
        target: checksum,
        kept: checksum,
        changed: z.number(),
        expiring: z.base64(),
      }),
      unexplained: mismatch,
    }),
    z.object({ pass: z.literal('verification'), ...soFar, read: checksum, expiring }),
    z.object({
      pass: z.literal('differences'),
      ...soFar,
      keptAfterHold: checksum,
      expiringChanged: z.number(),
      found: mismatch,
    }),
    z.object({ pass: z.literal('deletable'), ...soFar, read: checksum, expiring, hashes: z.base64() }),
    z.object({ pass: z.literal('none') }),
  ]) satisfies z.ZodType<UnfinishedPass | { readonly pass: 'none' }>,
);

const unitsOf = (pass: Pass, { read, write }: Units) => ({ [`${pass}Read`]: read, [`${pass}Write`]: write });

/** Stores segments in `migrationId` + `SEGMENT#n`, `EXPIRING#n`, `DELETABLE#n` and `UNFINISHED#n` of the migrations table. */
export const segmentsIn = (records: Records, table: string, clock: Clock): Segments => {
  const texts = new LongTexts(records, table);
  const digits = (number: number) => String(number).padStart(DIGITS, '0');
  const keyOf = (migrationId: MigrationId, number: SegmentNumber) => ({
    migrationId,
    part: `${PREFIX}${digits(number)}`,
  });
  const saveBytes = (migrationId: MigrationId, part: string, bytes: Uint8Array) =>
    texts.save(migrationId, part, Buffer.from(bytes).toString('base64'));
  const loadBytes = async (migrationId: MigrationId, part: string): Promise<Uint8Array | undefined> => {
    const found = await texts.load(migrationId, part);
    return found === undefined ? undefined : Buffer.from(found, 'base64');
  };
  const readParts = (migrationId: MigrationId, prefix: string) => ({
    TableName: table,
    KeyConditionExpression: 'migrationId = :m AND begins_with(part, :prefix)',
    ExpressionAttributeValues: { ':m': migrationId, ':prefix': prefix },
    ConsistentRead: true,
  });

  /** Parses a segment. A damaged one also ends a list: a migration must not continue without one of its segments. */
  const parse = (found: Record<string, unknown>): Segment =>
    records.parse(SegmentRecord, { table, key: `${found.migrationId}/${found.part}` }, found);

  const get = async (migrationId: MigrationId, number: SegmentNumber): Promise<Segment> => {
    const found = await records.get(table, keyOf(migrationId, number));
    if (!found) throw new Conflict(`${migrationId} has no segment ${number}`);
    return parse(found);
  };

  return {
    async add(migrationId, segments) {
      for (const { number, range, counted, units: unitsUsed } of segments) {
        const isNew = await records.put({
          TableName: table,
          Item: {
            ...keyOf(migrationId, number),
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

    async *list(migrationId) {
      for await (const found of records.query(readParts(migrationId, PREFIX))) yield parse(found);
    },

    async claim(migration, number, { worker, until }, now, ranOut) {
      const { migrationId, status, attempt } = migration;
      const failed = await records.transact([
        metaUnchanged(table, migration),
        {
          Update: {
            TableName: table,
            Key: keyOf(migrationId, number),
            ...updateOf({
              set: { worker, claimedUntil: until },
              condition: `attribute_exists(part) AND (attribute_not_exists(#worker) OR #worker = :worker${ranOut ? CLAIM_EXPIRED : ''})`,
              values: {
                ':worker': worker,
                ...(ranOut && { ':now': now, ':ranOut': ranOut.worker, ':ranOutUntil': ranOut.until }),
              },
            }),
          },
        },
      ]);
      if (failed.includes(0))
        throw new Conflict(`${migrationId} is no longer ${status} in attempt ${attempt}`);
      if (failed.length > 0)
        throw new SegmentClaimed(`another worker has claimed segment ${number} of ${migrationId}`);
    },

    async release(migrationId, number, worker) {
      await records.update({
        TableName: table,
        Key: keyOf(migrationId, number),
        ...updateOf({
          set: { worker: undefined, claimedUntil: undefined },
          condition: '#worker = :worker',
          values: { ':worker': worker },
        }),
      });
    },

    async progress(migrationId, number, { worker, until }, progress) {
      const { through, items, bytes, units: unitsUsed, throttles = 0, done } = progress;
      const isOurs = await records.update({
        TableName: table,
        Key: keyOf(migrationId, number),
        ...updateOf({
          set: {
            claimedUntil: until,
            copyDone: done,
            ...(through === undefined ? {} : { copiedThrough: through }),
          },
          add: {
            ...{ copiedItems: items, copiedBytes: bytes, ...unitsOf('copy', unitsUsed) },
            ...(throttles > 0 ? { copyThrottles: throttles } : {}),
          },
          // an expired claim must not be renewed: a rollback may have waited for its end
          condition: '#worker = :worker AND #claimedUntil > :now',
          names: { '#worker': 'worker' },
          values: { ':worker': worker, ':now': clock.now() },
        }),
      });
      if (!isOurs) throw new SegmentClaimed(`the claim on segment ${number} of ${migrationId} has expired`);
    },

    async record(migrationId, number, { surveying, survey, ...result }, pass, unitsUsed) {
      const isThere = await records.update({
        TableName: table,
        Key: keyOf(migrationId, number),
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

    async forgetKeys(migrationId) {
      const deleteParts = async ({ number, survey }: Segment): Promise<void> => {
        const { unmovable, ...movable } = survey ?? {};
        await records.update({
          TableName: table,
          Key: keyOf(migrationId, number),
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
      for await (const found of records.query(readParts(migrationId, PREFIX))) segments.push(parse(found));
      await pLimit(UPDATES).map(segments, deleteParts);
      for (const prefix of [EXPIRING, DELETABLE, UNFINISHED]) await texts.forget(migrationId, prefix);
    },

    async forgetHashes(migrationId, number) {
      for (const prefix of [EXPIRING, DELETABLE])
        await texts.forget(migrationId, `${prefix}${digits(number)}`);
    },

    saveExpiring: (migrationId, number, noted) =>
      saveBytes(migrationId, `${EXPIRING}${digits(number)}`, noted),
    expiring: (migrationId, number) => loadBytes(migrationId, `${EXPIRING}${digits(number)}`),

    saveDeletable: (migrationId, number, hashes) =>
      saveBytes(migrationId, `${DELETABLE}${digits(number)}`, hashes),
    deletable: (migrationId, number) => loadBytes(migrationId, `${DELETABLE}${digits(number)}`),

    saveUnfinished: (migrationId, number, pass) =>
      texts.save(migrationId, `${UNFINISHED}${digits(number)}`, asciiJson(pass ?? { pass: 'none' })),
    async unfinished(migrationId, number) {
      const part = `${UNFINISHED}${digits(number)}`;
      const text = await texts.load(migrationId, part);
      if (text === undefined) return undefined;
      const place = { table, key: `${migrationId}/${part}` };
      const found = records.parse(z.object({ text: UnfinishedText }), place, { text }).text;
      return found.pass === 'none' ? undefined : found;
    },
  };
};
