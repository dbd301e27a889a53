import { RecordDamaged } from '../errors.ts';
import { isClosed, isFlipped } from '../life-cycle.ts';
import type { TableName, TenantId } from '../names.ts';
import type { Ports } from '../ports.ts';
import type { CaptureRoute } from '../route/route.ts';

const NOT_CAPTURED = 'changes not captured: see docs/operations/damaged-records.md';

/**
 * Returns the capture part of a tenant's unreadable route, derived from the tenant's latest migration. The stream drops
 * a change after a day, so the tenant's changes are journalled as long as that migration is open, whether or not
 * capture is armed. A superfluous key in the journal is compared and removed, but a missing one would be lost (I2). No
 * step flips in the meantime, since each step that changes the route reads it first and fails.
 *
 * If the migration's record is damaged too, changes of the table are journalled for both sides. If not even the
 * migration's id is known, changes are not captured, and every batch logs that.
 * @returns undefined if no migration is open or known.
 */
export const captureWithoutRoute = async (
  { migrations, log }: Pick<Ports, 'migrations' | 'log'>,
  tenantId: TenantId,
  table: TableName,
): Promise<CaptureRoute | undefined> => {
  try {
    const migrationId = await migrations.latest(tenantId);
    if (migrationId === undefined) return undefined;
    const migration = await migrations.get(migrationId).catch((error: Error) => {
      if (error instanceof RecordDamaged) return 'damaged' as const;
      throw error;
    });
    if (migration === 'damaged')
      return { tenantId, table, capture: { migrationId, tables: { source: table, target: table } } };
    if (migration?.tenantId !== tenantId) {
      log.warn({ tenantId, table, migrationId }, NOT_CAPTURED);
      return undefined;
    }
    if (isClosed(migration.status)) return undefined;
    const { source, target, status, reverseFlippedAt } = migration;
    const { table: targetTable } = target;
    return {
      tenantId,
      table: isFlipped(status) && targetTable !== undefined ? targetTable : source.table,
      capture: {
        migrationId,
        tables: { source: source.table, target: targetTable },
        isReversed: reverseFlippedAt === undefined ? undefined : true,
      },
    };
  } catch (error) {
    if (!(error instanceof RecordDamaged)) throw error;
    log.warn({ tenantId, table, error: error.name }, NOT_CAPTURED);
    return undefined;
  }
};
