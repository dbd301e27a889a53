import type { Clock } from '../migration/clock-port.ts';
import { SegmentClaimed } from '../migration/errors.ts';
import type { Segments } from '../migration/segments/segments-port.ts';
import { metaUnchanged, movedOn } from './meta.ts';
import type { Records } from './records.ts';
import { segmentKey, unitsOf } from './segment-record.ts';
import { updateOf } from './update.ts';

const CLAIM_EXPIRED = ' OR (#worker = :ranOut AND #claimedUntil = :ranOutUntil AND #claimedUntil <= :now)';

/** Stores the claim on a segment, and the progress of the copy that holds it, in the segment's record. */
export const segmentClaimsIn = (
  records: Records,
  table: string,
  clock: Clock,
): Pick<Segments, 'claim' | 'release' | 'progress'> => ({
  async claim(migration, number, { worker, until }, now, ranOut) {
    const { migrationId } = migration;
    const failed = await records.transact([
      metaUnchanged(table, migration),
      {
        Update: {
          TableName: table,
          Key: segmentKey(migrationId, number),
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
    if (failed.includes(0)) throw movedOn(migration);
    if (failed.length > 0)
      throw new SegmentClaimed(`another worker has claimed segment ${number} of ${migrationId}`);
  },

  async release(migrationId, number, worker) {
    await records.update({
      TableName: table,
      Key: segmentKey(migrationId, number),
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
      Key: segmentKey(migrationId, number),
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
});
