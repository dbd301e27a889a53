import type { Migration } from '../../functions/migration/migration.ts';
import type { Comparison } from './world.ts';

/** A hold longer than a stream keeps records, in ms. A rollback must be possible then too. */
const LONG_HOLD_MS = 7 * 24 * 60 * 60_000;

/** Course of a tenant's migration, apart from faults. */
export interface Scenario {
  readonly name: string;
  readonly comparison: Comparison;
  readonly from: string;
  readonly to: string;
  readonly holdMs: number;
  /** State that fails the first time that it runs, with an error that is not retried. */
  readonly failsIn?: string;
  /** State at whose beginning the operator cancels. */
  readonly cancelledIn?: string;
  /** State at whose beginning the operator holds the cutover, to release it after some steps of CatchUp. */
  readonly heldIn?: string;
  /** Present if the operator rolls back once the tenant has moved. */
  readonly isRolledBack?: true;
  /** States that it passes without faults. A recording that does not was disturbed. */
  readonly passes: readonly string[];
  /** Possible final statuses. */
  readonly ends: readonly Migration['status'][];
}

/** Scenarios that together cover every state and every kind of call. The first one has all common calls. */
export const SCENARIOS: readonly Scenario[] = [
  {
    name: 'to a shared table',
    comparison: 'fenced',
    from: 'basic',
    to: 'advanced',
    holdMs: 0,
    passes: ['CleanUpSegment'],
    ends: ['completed'],
  },
  {
    name: 'to a table of its own',
    comparison: 'kept',
    from: 'basic',
    to: 'enterprise',
    holdMs: 0,
    passes: ['CleanUpSegment'],
    ends: ['completed'],
  },
  {
    name: 'out of a table of its own',
    comparison: 'kept',
    from: 'enterprise',
    to: 'advanced',
    holdMs: 0,
    passes: ['DropSourceTable'],
    ends: ['completed'],
  },
  {
    name: 'taken back after the flip',
    comparison: 'fenced',
    from: 'basic',
    to: 'advanced',
    holdMs: LONG_HOLD_MS,
    isRolledBack: true,
    passes: ['CutOverReverse'],
    ends: ['rolledBack'],
  },
  {
    name: 'failed, then tried again',
    comparison: 'kept',
    from: 'basic',
    to: 'enterprise',
    holdMs: 0,
    failsIn: 'CutOver',
    passes: ['DropCreatedTable', 'CleanUpSegment'],
    ends: ['completed'],
  },
  {
    name: 'cancelled before the flip',
    comparison: 'fenced',
    from: 'basic',
    to: 'advanced',
    holdMs: 0,
    cancelledIn: 'ApplyJournal',
    passes: ['DiscardTarget'],
    ends: ['cancelled', 'completed', 'rolledBack'],
  },
  {
    name: 'held before the cutover',
    comparison: 'kept',
    from: 'enterprise',
    to: 'advanced',
    holdMs: 0,
    heldIn: 'ConcludeCopy',
    passes: ['DropSourceTable'],
    ends: ['completed'],
  },
  {
    name: 'taken back from a table of its own',
    comparison: 'kept',
    from: 'basic',
    to: 'enterprise',
    holdMs: LONG_HOLD_MS,
    isRolledBack: true,
    passes: ['CutOverReverse'],
    ends: ['rolledBack'],
  },
];
