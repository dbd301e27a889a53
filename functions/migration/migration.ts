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
import type { Reason } from './reason.ts';

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

export interface Failure extends Reason {
  readonly at: EpochMs;
}

/** Who asked for the way back, and why: before the flip by `cancel`, after it by `rollback`. */
export interface Cancellation {
  readonly by: string;
  readonly why: string;
  /** The migration was paused, and the request has ended the pause. */
  readonly endedPause?: true;
}

/** Keys journalled and applied a second; an application that writes faster than it can be applied never converges. */
export interface Convergence {
  /** Since when more has been left at every look than a cutover takes. */
  readonly since: EpochMs;
  readonly backlog: number;
  readonly journalledPerSecond: number;
  readonly appliedPerSecond: number;
  /** It has been so for longer than `convergenceMs`, and what is left does not shrink. */
  readonly notConverging: boolean;
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
  /** An operator wants nothing to be copied, applied, flipped or removed for now; capture goes on. */
  readonly paused: boolean;
  /** An operator wants the cutover to wait for a word; changes are applied all the while. */
  readonly cutoverHeld: boolean;
  /** When an operator last paused, resumed, held or let go. */
  readonly controlledAt?: EpochMs;
  /** Write units a second that the migration may use in the target; absent for no limit of its own. */
  readonly writeUnitsPerSecond?: number;
  readonly requestedBy: string;
  readonly requestedAt: EpochMs;
  readonly reason: string;
  /** Whether it goes before others in the queue. */
  readonly urgent?: true;
  /** The migration that ended without the tenant having moved, which this one does again. */
  readonly retryOf?: MigrationId;
  /** How long the source is kept after the flip, in ms. */
  readonly holdMs: number;
  /** The route's epoch on which the migration was decided; the flip is only made from its successor. */
  readonly routeEpoch: RoutingEpoch;
  readonly registryChange: RegistryChange;
  readonly locked: boolean;
  readonly cancellation?: Cancellation;
  readonly failure?: Failure;
  /** How applying stands to journalling, while more is left than a cutover takes. */
  readonly convergence?: Convergence;
  /** From when on no router may have a route with a long lease any more. */
  readonly longLeasesOutAt?: EpochMs;
  /** From when on no router may read the table that was live before the last flip any more. */
  readonly staleReadsOutAt?: EpochMs;
  /** Cutovers that were begun, reopened ones too. */
  readonly cutovers: number;
  /** When the first work of each stage began and the last ended. */
  readonly stages: Partial<Record<Stage, { readonly startedAt: EpochMs; readonly endedAt?: EpochMs }>>;
  readonly fencedAt?: EpochMs;
  readonly flippedAt?: EpochMs;
  /** When a rollback made the source live again. */
  readonly flippedBackAt?: EpochMs;
  /** When a rollback was given up after it may have written to the kept source: what was verified before is void. */
  readonly rollbackStoppedAt?: EpochMs;
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
  /** Absent where the migration was requested; the same as `to` where something was decided or noted in it. */
  readonly from?: Status;
  readonly to: Status;
  readonly why: string;
}
