import * as z from 'zod';
import { Units } from '../migration/migration.ts';
import { type MigrationId, readUnits, type SegmentNumber, writeUnits } from '../migration/names.ts';
import { Claim, KeyRange, Segment, type Survey } from '../migration/segment.ts';
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

const read = Units.shape.read.default(readUnits(0));
const write = Units.shape.write.default(writeUnits(0));
// JSON, since a tenant's entity types cannot be attribute names: one may be empty
const survey = jsonDocument<Survey>('byEntityType', 'largestItemBytes', 'tableWriteUnits');

/** A segment with its parts stored flat. `sameFieldsAs` checks that the transform makes every field that is omitted here. */
export const SegmentRecord = Segment.omit({
  range: true,
  claim: true,
  copied: true,
  throttles: true,
  surveying: true,
  units: true,
})
  .extend({
    ...KeyRange.shape,
    survey: survey.optional(),
    worker: Claim.shape.worker.optional(),
    claimedUntil: Claim.shape.until.optional(),
    copiedItems: z.number().default(0),
    copiedBytes: z.number().default(0),
    copyDone: Segment.shape.copyDone.default(false),
    copyThrottles: z.number().default(0),
    surveyedThrough: KeyRange.shape.through,
    surveyed: survey.optional(),
    cleanUpDone: Segment.shape.cleanUpDone.default(false),
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
