import type { Status } from './life-cycle.ts';
import type {
  EpochMs,
  MigrationId,
  ReadUnits,
  RoutingEpoch,
  TableName,
  TenantId,
  TierName,
  WriteUnits,
} from './names.ts';

export type Placement = 'shared' | 'dedicated';

/** Where a tenant lives. */
export interface Home {
  readonly tier: TierName;
  readonly placement: Placement;
  readonly table: TableName;
}

/** The five stages, as a reader of the state machine sees them. */
export const STAGES = ['provision', 'copy', 'registry', 'flip', 'cleanUp'] as const;
export type Stage = (typeof STAGES)[number];

/**
 * How far the migration's change of the registry has come. Every step of it moves this field by compare-and-set in the
 * same transaction as the records of tenant and tables, so each happens exactly once however often it is tried.
 */
export type RegistryChange = 'none' | 'reserved' | 'pending' | 'confirmed' | 'released';

export interface Failure {
  readonly error: string;
  readonly cause: string;
  readonly at: EpochMs;
}

export interface Cancellation {
  readonly by: string;
  readonly why: string;
}

/** Units used so far; a step that runs twice counts twice, as on the bill. */
export interface Units {
  readonly read: ReadUnits;
  readonly write: WriteUnits;
}

/** `migrationId` + `META` of the migrations table. */
export interface Migration {
  readonly migrationId: MigrationId;
  readonly tenantId: TenantId;
  readonly source: Home;
  /** `table` is known once room has been reserved. */
  readonly target: Omit<Home, 'table'> & { readonly table?: TableName };
  readonly status: Status;
  /** Counts executions of the state machine for this migration. A step of an earlier attempt must not act. */
  readonly attempt: number;
  readonly dryRun: boolean;
  readonly paused: boolean;
  readonly cutoverHeld: boolean;
  readonly requestedBy: string;
  readonly requestedAt: EpochMs;
  readonly reason: string;
  /** How long the source is kept after the flip, in ms. */
  readonly holdMs: number;
  /** The route's epoch on which the migration was decided; the flip is only made from its successor. */
  readonly routeEpoch: RoutingEpoch;
  readonly registryChange: RegistryChange;
  readonly locked: boolean;
  readonly cancellation?: Cancellation;
  readonly failure?: Failure;
  /** When the first work of each stage began and the last ended. */
  readonly stages: Partial<Record<Stage, { readonly startedAt: EpochMs; readonly endedAt?: EpochMs }>>;
  readonly fencedAt?: EpochMs;
  readonly flippedAt?: EpochMs;
  /** ARN of the last backup of a dedicated source, or why there is none. */
  readonly finalBackup?: string;
  readonly updatedAt: EpochMs;
}

/** Written before anything is created or taken, so that an undo knows what might exist. `migrationId` + `CLEANUP`. */
export interface CleanUpRecord {
  readonly table: TableName;
  /** The table did not exist when this migration chose it: this migration may create it, and may delete it. */
  readonly createsTable: boolean;
  /** The target partition was seen empty under the tenant's lock: all that is in it, this migration put there. */
  readonly partitionClaimed: boolean;
}

/** `migrationId` + `EVENT#time`: the audit trail. */
export interface MigrationEvent {
  readonly at: EpochMs;
  readonly who: string;
  readonly from: Status;
  readonly to: Status;
  readonly why: string;
}
