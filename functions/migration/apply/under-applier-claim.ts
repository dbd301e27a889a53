import type { BatchWriter } from '../batch-writer.ts';
import { underClaim } from '../claimed-work.ts';
import { hearOperator } from '../controls.ts';
import type { Migration } from '../migration.ts';
import type { TableName } from '../names.ts';
import type { Ports, Slice } from '../ports.ts';
import type { Applier } from './applier.ts';

/**
 * Runs work that may write any key of the tenant in one table: one worker a migration, and none beside one that copies.
 * @param what the work that its write units count for.
 * @param slice until when throttled calls are tried again; absent to give up after some tries.
 * @throws ApplierClaimed if another worker has the right. @throws ClaimRanOut if the work came to the claim's end.
 * @throws Conflict where the migration has moved on.
 */
export const underApplierClaim = <T>(
  ports: Ports,
  migration: Migration,
  table: TableName,
  work: (applier: Applier) => Promise<T>,
  { what = 'apply', slice }: { readonly what?: 'apply' | 'discard'; readonly slice?: Slice } = {},
): Promise<T> => {
  // its status changes with the fence, and the claim is given for the status
  let now = migration;
  return underClaim(
    ports,
    {
      tenantId: migration.tenantId,
      table,
      migrationId: migration.migrationId,
      current: () => ports.appliers.current(migration.migrationId),
      take: (claim, ranOut) => ports.appliers.claim(now, claim, ports.clock.now(), ranOut),
      limit: async () => limitOf(await hearOperator(ports, migration)),
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

/** Counts what the work has used, also if it failed. The figure is for the report: no failure here fails the work. */
const countUnits = async (
  ports: Ports,
  { migrationId }: Migration,
  what: 'apply' | 'discard',
  writer: BatchWriter,
): Promise<void> => {
  await writer.settle();
  if (writer.units === 0) return;
  try {
    await ports.migrations.addWriteUnits(migrationId, what, writer.units);
  } catch (error) {
    const name = error instanceof Error ? error.name : 'unknown';
    ports.log.warn({ migrationId, error: name }, 'write units not recorded');
  }
};

/** Under the fence nothing is held back: the tenant's writers wait. */
const limitOf = ({ status, fencedAt, writeUnitsPerSecond }: Migration): number | undefined => {
  const isFenced = status === 'cuttingOver' || (status === 'rollingBack' && fencedAt !== undefined);
  return isFenced ? undefined : writeUnitsPerSecond;
};
