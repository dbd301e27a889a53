import type { Migration } from '../../api/schema.ts';
import { isUndone } from '../../parts/migration-status.tsx';
import { willFlip, willReverse } from './cutover-words.ts';

/** A moment of a cutover. */
export interface TapeMoment {
  readonly key: string;
  readonly label: string;
  /** Says what has happened by then. */
  readonly what: string;
  /** Time since the fence began, in ms; undefined before the flip, and for a phase that was not measured. */
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

interface Phase {
  readonly key: keyof Phases;
  readonly label: string;
  readonly what: string;
  /** Says why a flip went without the phase. */
  readonly without?: string;
}

const PHASES: readonly Phase[] = [
  { key: 'leasesOut', label: 'Leases out', what: 'no router writes to the old table' },
  { key: 'sentinels', label: 'Sentinels in', what: 'earlier writes are captured' },
  { key: 'drained', label: 'Drained', what: 'nothing is left to apply' },
  {
    ...{ key: 'compared', label: 'Compared', what: 'both sides are equal' },
    without: 'before the fence',
  },
];

const FENCE = { key: 'fence', label: 'Fence', what: 'writes wait' };
const FLIP = { key: 'flip', label: 'Flip', what: 'writes go on, in the other table' };

/** The moments of a cutover that is still to come. */
const TO_COME: readonly TapeMoment[] = [FENCE, ...PHASES, FLIP].map(({ key, label, what }) => ({
  ...{ key, label, what },
  ms: undefined,
}));

/** Returns the moments of a cutover that has flipped. A phase may be noted just after the flip, which ends the gap. */
const measuredMoments = (gapMs: number, phases: Phases): readonly TapeMoment[] => {
  // an earlier version measured none
  const isMeasured = Object.keys(phases).length > 0;
  return [
    { ...FENCE, ms: 0 },
    ...PHASES.map(({ key, label, what, without }) => {
      const ms = phases[key];
      return ms === undefined
        ? { key, label, what: (isMeasured ? without : undefined) ?? 'not measured', ms }
        : { key, label, what, ms: Math.min(ms, gapMs) };
    }),
    { ...FLIP, ms: gapMs },
  ];
};

const flipped = (
  direction: Tape['direction'],
  gapMs: number | undefined,
  phases: Phases = {},
): readonly FlippedTape[] =>
  gapMs === undefined ? [] : [{ direction, gapMs, moments: measuredMoments(gapMs, phases) }];

/** Returns the cutovers of a migration that flipped: to the target, and back if it was rolled back after the flip. */
export const tapesOf = ({ fences }: Pick<Migration, 'fences'>): readonly FlippedTape[] => [
  ...flipped('forward', fences?.forwardMs, fences?.forwardPhases),
  ...flipped('reverse', fences?.reverseMs, fences?.reversePhases),
];

/**
 * Returns the cutover that an operator looks at: the flip back of a migration that is undone after its flip, or else the flip.
 * One that is still to come has its moments without times, so that nothing moves once they are known.
 * @returns undefined if there is none, and if its times were not measured.
 */
export const presentTape = (migration: Migration): Tape | undefined => {
  const direction = isUndone(migration.status) && migration.flippedAt !== undefined ? 'reverse' : 'forward';
  const tapes = tapesOf(migration);
  const found = tapes.find((one) => one.direction === direction);
  if (found) return found;
  const isToCome = direction === 'reverse' ? willReverse(migration) : willFlip(migration);
  return isToCome ? { direction, gapMs: undefined, moments: TO_COME } : tapes.at(-1);
};
