import type { Migration } from '../../api/schema.ts';
import { isClosed, isUndone } from '../../parts/migration-status.tsx';

/** A moment of a cutover. */
export interface TapeMoment {
  readonly key: string;
  readonly label: string;
  /** Says what has happened by then. */
  readonly what: string;
  /** Time since the fence began, in ms; undefined before the flip. */
  readonly ms: number | undefined;
}

/** A cutover from its fence to its flip. */
export interface Tape {
  readonly direction: 'forward' | 'reverse';
  /** Time for which writes were fenced before the flip, in ms; undefined before the flip. */
  readonly gapMs: number | undefined;
  /** In the order of time. */
  readonly moments: readonly TapeMoment[];
}

/** A cutover that has flipped. */
export type FlippedTape = Tape & { readonly gapMs: number };

type Phases = NonNullable<NonNullable<Migration['fences']>['forwardPhases']>;

const PHASES: readonly { readonly key: keyof Phases; readonly label: string; readonly what: string }[] = [
  { key: 'leasesOut', label: 'Leases out', what: 'no router writes to the old table now' },
  { key: 'sentinels', label: 'Sentinels in', what: 'every earlier write has been captured' },
  { key: 'drained', label: 'Drained', what: 'nothing is left to apply' },
  { key: 'compared', label: 'Compared', what: 'both sides are equal' },
];

const FENCE = { key: 'fence', label: 'Fence', what: 'writes wait' };
const FLIP = { key: 'flip', label: 'Flip', what: 'writes go on, in the other table' };

/** The moments of a cutover that is still to come. */
const TO_COME: readonly TapeMoment[] = [FENCE, ...PHASES, FLIP].map((moment) => ({
  ...moment,
  ms: undefined,
}));

/** Returns the moments of a cutover that has flipped. A phase may be noted just after the flip, which ends the gap. */
const momentsOf = (gapMs: number, phases: Phases): readonly TapeMoment[] => [
  { ...FENCE, ms: 0 },
  ...PHASES.flatMap((phase) => {
    const ms = phases[phase.key];
    return ms === undefined ? [] : [{ ...phase, ms: Math.min(ms, gapMs) }];
  }),
  { ...FLIP, ms: gapMs },
];

const flipped = (
  direction: Tape['direction'],
  gapMs: number | undefined,
  phases: Phases = {},
): readonly FlippedTape[] =>
  gapMs === undefined ? [] : [{ direction, gapMs, moments: momentsOf(gapMs, phases) }];

/** Returns the cutovers of a migration that flipped: to the target, and back if it was rolled back after the flip. */
export const tapesOf = ({ fences }: Pick<Migration, 'fences'>): readonly FlippedTape[] => [
  ...flipped('forward', fences?.forwardMs, fences?.forwardPhases),
  ...flipped('reverse', fences?.reverseMs, fences?.reversePhases),
];

/**
 * Returns the cutover that an operator looks at: the flip back of a migration that is undone after its flip, or else the flip.
 * One that is still to come has its moments without times, so that nothing moves once they are known.
 * @returns undefined for a migration without a cutover.
 */
export const presentTape = (
  migration: Pick<Migration, 'fences' | 'status' | 'flippedAt' | 'dryRun'>,
): Tape | undefined => {
  const { status, flippedAt, dryRun } = migration;
  const direction = isUndone(status) && flippedAt !== undefined ? 'reverse' : 'forward';
  const found = tapesOf(migration).find((one) => one.direction === direction);
  if (found) return found;
  const isToCome = !dryRun && !isClosed(status) && (direction === 'reverse' || !isUndone(status));
  return isToCome ? { direction, gapMs: undefined, moments: TO_COME } : undefined;
};
