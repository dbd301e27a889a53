import type { RecordDamaged } from '../migration/errors.ts';
import type { Ports } from '../migration/ports.ts';

/** Names a damaged record in the log and counts it: an alarm fires on the metric. */
export const reportDamage = (
  { log, metrics }: Pick<Ports, 'log' | 'metrics'>,
  { table, key: record, field }: RecordDamaged,
): void => {
  log.warn({ table, record, field }, 'damaged record: see docs/operations/damaged-records.md');
  metrics.put({ DamagedRecords: 1 });
};
