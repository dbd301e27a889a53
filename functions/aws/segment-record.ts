import * as z from 'zod';
import type { Units } from '../migration/migration.ts';
import {
  type EntityKey,
  type EpochMs,
  type MigrationId,
  type ReadUnits,
  readUnits,
  type SegmentNumber,
  type WriteUnits,
  writeUnits,
} from '../migration/names.ts';
import { named } from '../migration/record-fields.ts';
import type { Checksum, Difference, Mismatch, Segment, Survey } from '../migration/segment.ts';
import type { Pass } from '../migration/segments/segments-port.ts';
import { jsonDocument } from './parsing.ts';
import { sameFieldsAs } from './same-fields.ts';

/** Number of digits of a segment's number in its key, so that keys sort like numbers. */
const DIGITS = 6;
export const PREFIX = 'SEGMENT#';
/** Set once the keys have been removed: a late pass must not add one again. */
export const DELETED_PARTS = 'keysForgotten';

/** Returns the number as it is in keys. */
export const digitsOf = (number: SegmentNumber): string => String(number).padStart(DIGITS, '0');
export const segmentKey = (migrationId: MigrationId, number: SegmentNumber) => ({
  migrationId,
  part: `${PREFIX}${digitsOf(number)}`,
});
/** Returns the fields of a pass's units. */
export const unitsOf = (pass: Pass, { read, write }: Units) => ({
  [`${pass}Read`]: read,
  [`${pass}Write`]: write,
});

export const entityKey = named.text<EntityKey>();
export const checksum = z
  .object({
    items: z.number(),
    bytes: z.number(),
    checksum: z.string(),
  })
  .apply(sameFieldsAs<Checksum>());
const difference = z
  .object({
    key: entityKey,
    kind: z.enum(['missing', 'extra', 'different']),
    source: z.string().optional(),
    target: z.string().optional(),
  })
  .apply(sameFieldsAs<Difference>());
export const mismatch = z
  .object({
    differences: z.array(difference),
    differing: z.number(),
    extra: z.number().optional(),
    since: named.number<EpochMs>().optional(),
    isAfterReverseFlip: z.literal(true).optional(),
    attempt: z.number().optional(),
  })
  .apply(sameFieldsAs<Mismatch>());
const read = named.number<ReadUnits>().default(readUnits(0));
const write = named.number<WriteUnits>().default(writeUnits(0));
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
    surveyRead: read,
    surveyWrite: write,
    copyRead: read,
    copyWrite: write,
    verifyRead: read,
    verifyWrite: write,
    cleanUpRead: read,
    cleanUpWrite: write,
  })
  .transform((found) => {
    const { after, through, worker, claimedUntil: until, ...unclaimed } = found;
    const { copiedItems, copiedBytes, copyThrottles, surveyedThrough, surveyed, ...uncounted } = unclaimed;
    const { surveyRead, surveyWrite, copyRead, copyWrite, ...unread } = uncounted;
    const { verifyRead, verifyWrite, cleanUpRead, cleanUpWrite, ...same } = unread;
    return {
      ...same,
      range: { after, through },
      claim: worker !== undefined && until !== undefined ? { worker, until } : undefined,
      copied: { items: copiedItems, bytes: copiedBytes },
      throttles: copyThrottles > 0 ? copyThrottles : undefined,
      surveying:
        surveyedThrough !== undefined && surveyed
          ? { through: surveyedThrough, survey: surveyed }
          : undefined,
      units: {
        survey: { read: surveyRead, write: surveyWrite },
        copy: { read: copyRead, write: copyWrite },
        verify: { read: verifyRead, write: verifyWrite },
        cleanUp: { read: cleanUpRead, write: cleanUpWrite },
      },
    };
  })
  .apply(sameFieldsAs<Segment>());
