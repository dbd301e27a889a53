import type { MigrationId, TenantId } from './names.ts';

/** Metrics. Each value covers the time since the previous one of its kind, or is the current state. */
export type Metric =
  | 'CopiedItems'
  | 'CopiedBytes'
  /** Capacity units of the copy. */
  | 'ReadUnits'
  | 'WriteUnits'
  /** Calls on a tenant's partition that DynamoDB throttled. */
  | 'Throttles'
  /** Journal entries that are left to apply. */
  | 'Backlog'
  /** 1 if the application writes faster than changes can be applied, otherwise 0. */
  | 'NotConverging'
  /** Duration of the fence before a flip, in ms. */
  | 'FenceTime'
  /** Overdue fences that the watchdog or the dispatcher reopened. */
  | 'FenceOverdue'
  /** Steps that ended because the sides differ and no change explains it. */
  | 'ChecksumMismatches'
  /** Keys of the source that were written after the flip. */
  | 'Stragglers'
  /** Queued migrations, and admitted ones that have not flipped. */
  | 'QueueDepth'
  | 'RunningMigrations'
  /** Readings of damaged control records. A record counts each time it is read. */
  | 'DamagedRecords'
  /** Mappings that do not read their streams, counted each minute. A missing value is as bad as a high one. */
  | 'StreamsNotRead'
  /** Batches of a stream for whose tenants no count of schools could be requested. The next sweep counts them. */
  | 'FailedCountRequests'
  /** Executions that failed, timed out or were aborted, whatever name or alias they were started with. */
  | 'FailedExecutions';

export interface Metrics {
  put(
    values: Partial<Record<Metric, number>>,
    about?: { readonly migrationId?: MigrationId; readonly tenantId?: TenantId },
  ): void;
}
