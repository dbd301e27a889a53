/**
 * Ports of the core: its only access to the outside. Adapters in `../aws` implement them on DynamoDB and Step
 * Functions; fakes in `test/support` enforce the same conditions. Every port method may throw `Throttled` and
 * `Unavailable`.
 *
 * A damaged record affects only callers that need it. A method that reads one record by its key throws `RecordDamaged`;
 * a list of records of several tenants, tables or migrations skips it. In both cases it is logged and counted. A
 * migration's own segments are not such a list: without one of them the migration would be wrong.
 */

import type { Appliers } from './claims/appliers-port.ts';
import type { Clock } from './clock-port.ts';
import type { ForeignWrites } from './compare/foreign-writes-port.ts';
import type { FenceKeys } from './cutover/fence-keys-port.ts';
import type { ControlRecords } from './doctor/control-records.ts';
import type { EventLog } from './events/event-log-port.ts';
import type { EventPublisher } from './events/events-port.ts';
import type { SchoolCounts } from './growth/school-counts-port.ts';
import type { Sweeps } from './growth/sweeps-port.ts';
import type { IndexCheckRecords } from './indexes/index-checks-port.ts';
import type { FirstChanges } from './journal/first-changes-port.ts';
import type { Journal } from './journal/journal-port.ts';
import type { StreamReaders } from './journal/stream-readers-port.ts';
import type { Log } from './log-port.ts';
import type { Metrics } from './metrics-port.ts';
import type { TenantId } from './names.ts';
import type { Paces } from './partition/paces-port.ts';
import type { Partition } from './partition/partition-port.ts';
import type { Plans } from './plan/plans-port.ts';
import type { TableAdmin } from './provision/tables-port.ts';
import type { Admissions } from './queue/admissions-port.ts';
import type { Migrations } from './record/migrations-port.ts';
import type { Workflow } from './record/workflow-port.ts';
import type { RegistryMoves } from './registry/registry-moves-port.ts';
import type { TenantRemovals } from './registry/tenant-removals-port.ts';
import type { Tenants } from './registry/tenants-port.ts';
import type { TierTables } from './registry/tier-tables-port.ts';
import type { Reports } from './report/reports-port.ts';
import type { IdempotentRequests } from './requests/idempotent-requests-port.ts';
import type { Routes } from './route/routes-port.ts';
import type { Segments } from './segments/segments-port.ts';
import type { Settings } from './settings/settings.ts';

export interface Ports {
  readonly settings: Settings;
  /** Returns the tenant's partition, with credentials that reach no other partition. */
  partition(tenantId: TenantId): Partition;
  readonly tables: TableAdmin;
  readonly streamReaders: StreamReaders;
  readonly migrations: Migrations &
    EventLog &
    Plans &
    IndexCheckRecords &
    ForeignWrites &
    FenceKeys &
    Reports;
  readonly segments: Segments;
  readonly registry: Tenants & TierTables & RegistryMoves & TenantRemovals;
  readonly routes: Routes;
  readonly journal: Journal & FirstChanges;
  readonly appliers: Appliers;
  readonly paces: Paces;
  readonly admissions: Admissions;
  readonly schoolCounts: SchoolCounts;
  readonly sweeps: Sweeps;
  readonly requests: IdempotentRequests;
  readonly workflow: Workflow;
  readonly events: EventPublisher;
  /** For the doctor only: no step of a migration reads whole control tables. */
  readonly control: ControlRecords;
  readonly clock: Clock;
  /** Returns a random id, e.g. for a worker. */
  readonly newId: () => string;
  /** Returns a random number in [0, 1), for jitter. */
  readonly random: () => number;
  readonly log: Log;
  readonly metrics: Metrics;
}
