import type { SeededRandom } from '../../scripts/demo/random.ts';
import { functionStates } from '../../state-machines/machines.ts';
import type { Plant } from '../support/failing-step.ts';
import { MAX_FENCE_MS } from './live-stack.ts';

/** Course of one tenant's migration. */
export type Story =
  | { readonly kind: 'completes' }
  | { readonly kind: 'fails'; readonly plant: Plant; readonly retried: boolean }
  /** Cancelled at any time; rolled back if it has flipped. */
  | { readonly kind: 'cancelled'; readonly afterMs: number }
  | { readonly kind: 'rolledBack'; readonly afterMs: number; readonly plant?: Plant }
  | { readonly kind: 'stopped'; readonly afterMs: number; readonly next: 'retry' | 'cancel' }
  /** The first cutover takes too long. */
  | { readonly kind: 'overBudget'; readonly at: Slow; readonly ms: number };
/** Part of a cutover that is slow. */
type Slow = 'lease' | 'drain' | 'flip' | 'streams';

export interface Scenario {
  readonly from: string;
  readonly to: string;
  /** Number of the tenant's items that no client writes. */
  readonly items: number;
  readonly holdMs: number;
  /** Time after the beginning at which the stream handler is down, and for how long. */
  readonly streams?: { readonly afterMs: number; readonly forMs: number };
  readonly story: Story;
}

export const KINDS: readonly Story['kind'][] = [
  'completes',
  'fails',
  'rolledBack',
  'stopped',
  'cancelled',
  'overBudget',
];
const FORWARD = functionStates('tier-migration').filter((state) => state !== 'RecordFailure') as [
  string,
  ...string[],
];
const ROLLBACK_STATES = functionStates('rollback') as [string, ...string[]];
/** Approximate time until a migration flips, in ms. */
const TO_THE_FLIP_MS = 3_500;

/** Returns the n-th scenario: the kinds alternate, everything else is drawn. */
export const drawScenario = (n: number, random: SeededRandom): Scenario => {
  const story = drawStory(KINDS[n % KINDS.length] ?? 'completes', random);
  const [from, to] = random.pick([
    ['basic', 'advanced'],
    ['basic', 'advanced'],
    ['basic', 'enterprise'],
    ['enterprise', 'advanced'],
  ] as const);
  // a long hold if the operator rolls it back
  const isUndone = story.kind === 'rolledBack' || story.kind === 'cancelled';
  const streams = { afterMs: random.between(0, TO_THE_FLIP_MS), forMs: random.between(200, 1_500) };
  return {
    from,
    to,
    items: random.between(50, 100),
    holdMs: isUndone ? 60_000 : random.between(0, 800),
    ...(random.chance(0.3) ? { streams } : {}),
    story,
  };
};

const drawStory = (kind: Story['kind'], random: SeededRandom): Story => {
  const when = random.pick(['before', 'after'] as const);
  const afterMs = random.between(0, TO_THE_FLIP_MS);
  switch (kind) {
    case 'completes':
      return { kind };
    case 'fails':
      return { kind, plant: { state: random.pick(FORWARD), when }, retried: random.chance(0.5) };
    case 'cancelled':
      return { kind, afterMs };
    case 'rolledBack': {
      const plant = { state: random.pick(ROLLBACK_STATES), when };
      return { kind, afterMs: random.between(0, 1_500), ...(random.chance(0.3) ? { plant } : {}) };
    }
    case 'stopped':
      return { kind, afterMs, next: random.pick(['retry', 'retry', 'cancel']) };
    case 'overBudget':
      return {
        kind,
        at: random.pick(['lease', 'drain', 'flip', 'streams']),
        ms: MAX_FENCE_MS + random.between(-300, 1_000),
      };
  }
};
