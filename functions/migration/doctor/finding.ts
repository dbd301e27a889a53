import type { Migration } from '../migration.ts';
import type { EpochMs, MigrationId, TableName, TenantId, TierName } from '../names.ts';
import type { NextStep } from '../next-action.ts';
import type { Tenant } from '../registry/tenant.ts';
import type { TierTable } from '../registry/tier-table.ts';
import type { Capture, Route } from '../route/route.ts';
import type { Counts } from './control-records.ts';

/** A write that repairs one finding. It contains the records as they were read, and fails if they were changed since. */
export type Mend =
  | { readonly kind: 'reopen'; readonly route: Route }
  | { readonly kind: 'lengthenLease'; readonly route: Route }
  | { readonly kind: 'endCapture'; readonly route: Route; readonly migrationId: MigrationId }
  | { readonly kind: 'addRoute'; readonly route: Route }
  | {
      readonly kind: 'moveRoute';
      readonly route: Route;
      readonly to: TableName;
      readonly capture?: Capture;
      /** A migration in its hold, whose earlier comparisons become void. Absent if the route's present table must be empty. */
      readonly migration?: Migration;
    }
  | { readonly kind: 'setTenant'; readonly from: Tenant; readonly to: Tenant }
  | { readonly kind: 'addTenant'; readonly tenant: Tenant }
  | { readonly kind: 'setCounts'; readonly table: TierTable; readonly counts: Counts }
  | {
      readonly kind: 'setLatest';
      readonly tenantId: TenantId;
      readonly from?: MigrationId;
      readonly to?: MigrationId;
    }
  | { readonly kind: 'clearJournal'; readonly migrationId: MigrationId }
  | { readonly kind: 'releaseAdmission'; readonly migrationId: MigrationId }
  | { readonly kind: 'markDropped'; readonly table: TableName }
  | {
      readonly kind: 'complete' | 'endRolledBack';
      readonly migration: Migration;
      readonly table: TableName;
    }
  | {
      readonly kind: 'hold';
      readonly migration: Migration;
      readonly table: TableName;
      /** Progress of the registry's change: the registry was not restored. */
      readonly registryChange: 'pending' | 'confirmed';
    };

/** The one safe next action for a finding, with the write of a repair. */
export type Next =
  | { readonly action: 'retry' | 'cancel'; readonly migrationId: MigrationId }
  | { readonly action: 'remove-tenant'; readonly tenantId: TenantId }
  | { readonly action: 'add-table'; readonly tier: TierName; readonly table: TableName }
  | { readonly action: 'mend'; readonly mend: Mend }
  | { readonly action: 'by-hand'; readonly todo: string };

/**
 * `stop`: writes may be going to the wrong table. `wrong`: a tenant cannot write, or cannot be moved. `leftOver`: records or
 * items that take space, or are counted wrongly.
 */
export type Severity = 'stop' | 'wrong' | 'leftOver';

/** An inconsistency in the control records. */
export interface DoctorFinding {
  /** `code/subject`, which identifies the finding when it is repaired. */
  readonly id: string;
  readonly severity: Severity;
  readonly tenantId?: TenantId;
  readonly migrationId?: MigrationId;
  readonly table?: string;
  /** Description of the inconsistency. */
  readonly what: string;
  readonly next: Next;
}

/** Returns a finding's next action, without the write of a repair. */
export const nextStepOf = ({ id, next }: DoctorFinding): NextStep =>
  next.action === 'mend' ? { action: 'mend', finding: id } : next;

/** Result of reading all control records. */
export interface Diagnosis {
  /** Sorted, the most urgent first. */
  readonly findings: readonly DoctorFinding[];
  readonly records: number;
  readonly tenants: number;
  readonly at: EpochMs;
}
