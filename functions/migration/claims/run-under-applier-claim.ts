import type { Slice } from '../clock-port.ts';
import type { Migration } from '../migration.ts';
import type { TableName } from '../names.ts';
import type { BatchWriter } from '../partition/batch-writer.ts';
import type { Ports } from '../ports.ts';
import { refreshMigration } from '../record/refresh-migration.ts';
import type { Applier } from './applier.ts';
import { runUnderClaim } from './run-under-claim.ts';

/**
 * Runs work that may write any key of the tenant in one table. A migration has one such worker at a time, and none
 * while another worker copies.
 * @param what the kind of work under which its write units are counted.
 * @param slice ends the retries of throttled calls; without it the work gives up after a number of tries.
 * @throws ApplierClaimed if another worker has the claim.
 * @throws ClaimRanOut if the work reached the end of the claim.
 * @throws Conflict if the migration has moved on.
 */
export const runUnderApplierClaim = <T>(
  ports: Ports,
  migration: Migration,
  table: TableName,
  work: (applier: Applier) => Promise<T>,
  { what = 'apply', slice }: { readonly what?: 'apply' | 'discard'; readonly slice?: Slice } = {},
): Promise<T> => {
  // the fence changes the status, and a claim is granted for a status
  let now = migration;
  return runUnderClaim(
    ports,
    {
      tenantId: migration.tenantId,
      table,
      migrationId: migration.migrationId,
      current: () => ports.appliers.current(migration.migrationId),
      take: (claim, ranOut) => ports.appliers.claim(now, claim, ports.clock.now(), ranOut),
      limit: async () => limitOf(await refreshMigration(ports, migration)),
      release: (worker) => ports.appliers.release(migration.migrationId, worker),
      slice,
    },
    async ({ writer, limitTo, isDue, renew }) => {
      try {
        return await work({
          writer,
          limitTo,
          isDue,
          renew: (current) => {
            now = current;
            return renew((claim) => ports.appliers.claim(current, claim, ports.clock.now()));
          },
        });
      } finally {
        await countUnits(ports, migration, what, writer);
      }
    },
  );
};

/**
 * Records the units that the work has used and its throttled calls, even if it failed. They are for the report only, so a failure here is
 * logged.
 */
const countUnits = async (
  ports: Ports,
  { migrationId }: Migration,
  what: 'apply' | 'discard',
  writer: BatchWriter,
): Promise<void> => {
  await writer.finish();
  const { units, throttles } = writer;
  if (units === 0 && throttles === 0) return;
  try {
    await ports.migrations.addWriteUnits(migrationId, what, units, throttles);
  } catch (error) {
    const name = error instanceof Error ? error.name : 'unknown';
    ports.log.warn({ migrationId, error: name }, 'write units not recorded');
  }
};

/** Under the fence the rate is not limited, because the tenant's writers wait. */
const limitOf = ({ status, fencedAt, writeUnitsPerSecond }: Migration): number | undefined => {
  const isFenced = status === 'cuttingOver' || (status === 'rollingBack' && fencedAt !== undefined);
  return isFenced ? undefined : writeUnitsPerSecond;
};
