import type { Migration } from '../../functions/migration/migration.ts';
import type { Comparison } from './world.ts';

/** Longer than a stream keeps its records: a tenant may be taken back then, too. */
const LONG_HOLD_MS = 7 * 24 * 60 * 60_000;

/** What happens to a tenant, apart from faults. */
export interface Scenario {
  readonly name: string;
  readonly comparison: Comparison;
  readonly from: string;
  readonly to: string;
  readonly holdMs: number;
  /** A state that fails when it runs first, by an error that nobody retries. */
  readonly failsIn?: string;
  /** The operator cancels when this state begins, unless that was said already. */
  readonly cancelledIn?: string;
  /** The operator holds the cutover when this state begins, and lets it go after some steps of catching up. */
  readonly heldIn?: string;
  /** The operator takes the tenant back once it has moved. */
  readonly isTakenBack?: true;
  /** States that it comes past where no fault befalls it: a recording that does not was disturbed. */
  readonly passes: readonly string[];
  /** How it may end. */
  readonly ends: readonly Migration['status'][];
}

/** Together they come through every state, and past every kind of call. The first has all that is common. */
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
    isTakenBack: true,
    passes: ['CutBack'],
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
    isTakenBack: true,
    passes: ['CutBack'],
    ends: ['rolledBack'],
  },
];
