import type { Appliers } from '../migration/claims/appliers-port.ts';
import { ApplierClaimed } from '../migration/errors.ts';
import type { MigrationId } from '../migration/names.ts';
import { Claim } from '../migration/segment.ts';
import { metaUnchanged, movedOn } from './meta.ts';
import type { Records } from './records.ts';

export const PART = 'APPLIER';
const CLAIM_EXPIRED = '(worker = :ranOut AND claimedUntil = :ranOutUntil AND claimedUntil <= :now)';
const expiryValuesOf = (ranOut: Claim | undefined) =>
  ranOut ? { ':ranOut': ranOut.worker, ':ranOutUntil': ranOut.until } : {};

export const ClaimRecord = Claim.omit({ until: true })
  .extend({ claimedUntil: Claim.shape.until })
  .transform(({ claimedUntil: until, ...claim }) => ({ ...claim, until }));

/** Stores the claims on applying in `migrationId` + `APPLIER` of the migrations table. */
export const appliersIn = (records: Records, table: string): Appliers => {
  const keyOf = (migrationId: MigrationId) => ({ migrationId, part: PART });
  return {
    async claim(migration, { worker, until }, now, ranOut) {
      const { migrationId } = migration;
      const failed = await records.transact([
        metaUnchanged(table, migration),
        {
          Put: {
            TableName: table,
            Item: { ...keyOf(migrationId), worker, claimedUntil: until },
            // an expired claim must not be renewed: a rollback may have waited for its end
            ConditionExpression: `attribute_not_exists(part) OR (worker = :worker AND claimedUntil > :now)${ranOut ? ` OR ${CLAIM_EXPIRED}` : ''}`,
            ExpressionAttributeValues: { ':worker': worker, ':now': now, ...expiryValuesOf(ranOut) },
          },
        },
      ]);
      if (failed.includes(0)) throw movedOn(migration);
      if (failed.length > 0)
        throw new ApplierClaimed(
          `another worker applies the changes of ${migrationId}, or this worker's claim has expired`,
        );
    },

    async release(migrationId, worker) {
      await records.delete({
        TableName: table,
        Key: keyOf(migrationId),
        ConditionExpression: 'worker = :worker',
        ExpressionAttributeValues: { ':worker': worker },
      });
    },

    async current(migrationId) {
      const found = await records.get(table, keyOf(migrationId));
      return found && records.parse(ClaimRecord, { table, key: `${migrationId}/${PART}` }, found);
    },
  };
};
