import type { Placement } from '../migration.ts';
import type { EntityKey, EpochMs, ReadUnits, TableName, TenantId, TierName, WriteUnits } from '../names.ts';
import type { Survey } from '../segment.ts';

/** A reason not to migrate (`blocker`) or something to know before one does (`warning`). */
export interface Finding {
  readonly level: 'blocker' | 'warning';
  /** Short and stable, for programs. */
  readonly code: string;
  /** For people: what is wrong. It may be thrown and logged, so it has no key of an item. */
  readonly message: string;
  /** For people: what to do about it. */
  readonly remedy: string;
  /** Items that it is about, and the first of their keys. */
  readonly items?: number;
  readonly keys?: readonly EntityKey[];
}

/** What one stage will use. */
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
  /** From start to the flip, without the hold. */
  readonly seconds: number;
  /** How long writes will be fenced, in ms. */
  readonly fenceMs: number;
  readonly usd: {
    readonly reads: number;
    readonly writes: number;
    readonly stepFunctions: number;
    readonly lambda: number;
    /** What the stream handlers take for the records that copy and clean-up make; Lambda reads streams for nothing. */
    readonly streams: number;
    readonly total: number;
  };
  /** Date of the price table, e.g. `2025-06`. */
  readonly pricesAsOf: string;
}

/** What a dry run shows, and what the report is compared with. `migrationId` + `PLAN`. */
export interface Plan {
  readonly tenantId: TenantId;
  readonly plannedAt: EpochMs;
  readonly source: { readonly tier: TierName; readonly placement: Placement; readonly table: TableName };
  readonly target: { readonly tier: TierName; readonly placement: Placement; readonly table: TableName };
  readonly findings: readonly Finding[];
  readonly items: number;
  readonly bytes: number;
  readonly schools: number;
  readonly segments: number;
  readonly survey: Survey;
  readonly creates: readonly TableName[];
  readonly estimate: Estimate;
}
