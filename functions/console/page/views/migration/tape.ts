import type { Migration } from '../../api/schema.ts';

/** A moment of a cutover, in ms since its fence began. */
export interface TapeMoment {
  readonly key: string;
  readonly label: string;
  /** Says what had happened by then. */
  readonly what: string;
  readonly ms: number;
}

/** A cutover from its fence to its flip. */
export interface Tape {
  readonly direction: 'forward' | 'reverse';
  /** Time for which writes were fenced before the flip, in ms. */
  readonly gapMs: number;
  /** In the order of time. */
  readonly moments: readonly TapeMoment[];
}

type Phases = NonNullable<NonNullable<Migration['fences']>['forwardPhases']>;

const PHASES: readonly { readonly key: keyof Phases; readonly label: string; readonly what: string }[] = [
  { key: 'leasesOut', label: 'Leases out', what: 'no router writes to the old table now' },
  { key: 'sentinels', label: 'Sentinels in', what: 'every earlier write has been captured' },
  { key: 'drained', label: 'Drained', what: 'nothing is left to apply' },
  { key: 'compared', label: 'Compared', what: 'both sides are equal' },
];

const tape = (direction: Tape['direction'], gapMs: number | undefined, phases: Phases = {}): Tape[] => {
  if (gapMs === undefined) return [];
  const between = PHASES.flatMap(({ key, label, what }) => {
    const ms = phases[key];
    return ms === undefined ? [] : [{ key, label, what, ms: Math.min(ms, gapMs) }];
  });
  return [
    {
      ...{ direction, gapMs },
      moments: [
        { key: 'fence', label: 'Fence', what: 'writes wait', ms: 0 },
        ...between,
        { key: 'flip', label: 'Flip', what: 'writes go on, in the other table', ms: gapMs },
      ],
    },
  ];
};

/** Returns the cutovers of a migration that flipped: to the target, and back if it was rolled back after the flip. */
export const tapesOf = ({ fences }: Pick<Migration, 'fences'>): readonly Tape[] => [
  ...tape('forward', fences?.forwardMs, fences?.forwardPhases),
  ...tape('reverse', fences?.reverseMs, fences?.reversePhases),
];
