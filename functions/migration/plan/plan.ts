import type { Placement } from '../migration.ts';
import type { EntityKey, EpochMs, ReadUnits, TableName, TenantId, TierName, WriteUnits } from '../names.ts';
import type { NextStep } from '../next-action.ts';
import type { Survey } from '../segment.ts';

/** A reason not to migrate (`blocker`), or something to know before a migration (`warning`). */
export interface PlanFinding {
  readonly level: 'blocker' | 'warning';
  /** Short and stable code, for programs. */
  readonly code: string;
  /** Problem, for people. It may be thrown and logged, so it contains no item key. */
  readonly message: string;
  /** Remedy, for people. */
  readonly remedy: string;
  /** The remedy as an action; absent if there is none. */
  readonly next?: NextStep;
  /** Number of items concerned, and the first of their keys. */
  readonly items?: number;
  readonly keys?: readonly EntityKey[];
}

/** Estimated usage of one stage. */
export interface StageEstimate {
  readonly stage: 'provision' | 'copy' | 'registry' | 'flip' | 'cleanUp';
  readonly readUnits: ReadUnits;
  readonly writeUnits: WriteUnits;
  readonly seconds: number;
}

export interface Estimate {
  readonly stages: readonly StageEstimate[];
  readonly readUnits: ReadUnits;
  readonly writeUnits: WriteUnits;
  /** Duration from start to flip, without the hold. */
  readonly seconds: number;
  /** Time for which writes will be fenced, in ms. */
  readonly fenceMs: number;
  readonly usd: {
    readonly reads: number;
    readonly writes: number;
    readonly stepFunctions: number;
    readonly lambda: number;
    /**
     * Cost of the stream handlers for the records of copy and clean-up. Lambda does not charge for reading streams.
     */
    readonly streams: number;
    readonly total: number;
  };
  /** Date of the price table, e.g. `2025-06`. */
  readonly pricesAsOf: string;
}

/** Result of a dry run, and the prediction in the report. `migrationId` + `PLAN`. */
export interface Plan {
  readonly tenantId: TenantId;
  readonly plannedAt: EpochMs;
  readonly source: { readonly tier: TierName; readonly placement: Placement; readonly table: TableName };
  readonly target: { readonly tier: TierName; readonly placement: Placement; readonly table: TableName };
  readonly findings: readonly PlanFinding[];
  readonly items: number;
  readonly bytes: number;
  readonly schools: number;
  readonly segments: number;
  readonly survey: Survey;
  readonly creates: readonly TableName[];
  readonly estimate: Estimate;
}
