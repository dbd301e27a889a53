import type { Clock } from '../migration/clock-port.ts';
import type { Metric, Metrics } from '../migration/metrics-port.ts';
import type { Settings } from '../migration/settings/settings.ts';

export const NAMESPACE = 'Tierferry';
/** The only dimension: separate metrics for each migration would cost more than they are worth. */
export const DIMENSION = 'Deployment';

const UNITS: Record<Metric, 'Count' | 'Bytes' | 'Milliseconds'> = {
  CopiedItems: 'Count',
  CopiedBytes: 'Bytes',
  ReadUnits: 'Count',
  WriteUnits: 'Count',
  Throttles: 'Count',
  Backlog: 'Count',
  NotConverging: 'Count',
  FenceTime: 'Milliseconds',
  FenceOverdue: 'Count',
  ChecksumMismatches: 'Count',
  Stragglers: 'Count',
  QueueDepth: 'Count',
  RunningMigrations: 'Count',
  DamagedRecords: 'Count',
  StreamsNotRead: 'Count',
  FailedCountRequests: 'Count',
  FailedExecutions: 'Count',
};

export const NO_METRICS: Metrics = { put: () => undefined };

/**
 * Writes metrics in CloudWatch's embedded metric format: a line of JSON in a function's log, whose other fields can be
 * searched. [CloudWatch user guide, Specification: Embedded metric format]
 * @param write writes a line, which it is given without its end.
 */
export const embeddedMetrics = (
  { prefix }: Pick<Settings, 'prefix'>,
  clock: Pick<Clock, 'now'>,
  write: (line: string) => void = (line) => process.stdout.write(`${line}\n`),
): Metrics => ({
  put(values, { migrationId, tenantId } = {}) {
    const names = (Object.keys(values) as Metric[]).filter((name) => values[name] !== undefined);
    if (names.length === 0) return;
    write(
      JSON.stringify({
        _aws: {
          Timestamp: clock.now(),
          CloudWatchMetrics: [
            {
              Namespace: NAMESPACE,
              Dimensions: [[DIMENSION]],
              Metrics: names.map((Name) => ({ Name, Unit: UNITS[Name] })),
            },
          ],
        },
        [DIMENSION]: prefix,
        // only these two fields of the given ones
        migrationId,
        tenantId,
        ...values,
      }),
    );
  },
});
