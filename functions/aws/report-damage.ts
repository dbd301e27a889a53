import type { RecordDamaged } from '../migration/errors.ts';
import type { Ports } from '../migration/ports.ts';

/** Logs a damaged record and counts it in a metric, on which an alarm fires. */
export const reportDamage = (
  { log, metrics }: Pick<Ports, 'log' | 'metrics'>,
  { table, key: record, field }: RecordDamaged,
): void => {
  log.warn({ table, record, field }, 'damaged record: see docs/operations/damaged-records.md');
  metrics.put({ DamagedRecords: 1 });
};
