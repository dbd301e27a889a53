import type { Tooth as AnyTooth } from '../test-teeth.ts';
import type { Rule } from './rules.ts';
import type { Bounds } from './state.ts';

type Tooth = AnyTooth<Rule, Bounds>;

export const TEETH: readonly Tooth[] = [
  { without: ['everyPartitionIsSurveyed'], bounds: {}, breaks: 'I2' },
  { without: ['everyPartitionIsClaimed'], bounds: { foreign: 1 }, breaks: 'I4' },
  { without: ['everyPartitionIsCompared'], bounds: { rollbacks: 1, strays: 1 }, breaks: 'I6' },
  // the sentinel is not captured either, and the fence never ends with a flip
  { without: ['everyPartitionIsCaptured'], bounds: { writes: 1 }, breaks: 'I5' },
  { without: ['entriesNameTheirPartition'], bounds: { writes: 1 }, breaks: 'I2' },
  { without: ['everyPartitionHasSentinel'], bounds: { writes: 1 }, breaks: 'I2' },
  { without: ['everySentinelIsAwaited'], bounds: { writes: 1 }, breaks: 'I2' },
  { without: ['journalOfEveryPartitionIsEmpty'], bounds: { writes: 1 }, breaks: 'I2' },
  { without: ['touchedKeysOfEveryPartitionAreCompared'], bounds: { writes: 2 }, breaks: 'I2' },
  { without: ['fenceCoversTenant'], bounds: { writes: 1 }, breaks: 'I1' },
  { without: ['leasesCoverTenant'], bounds: { writes: 1 }, breaks: 'I1' },
  { without: ['flipMovesTenant'], bounds: { writes: 1 }, breaks: 'I1' },
  { without: ['everyPartitionIsVerified'], bounds: { strays: 1 }, breaks: 'I6' },
  { without: ['everyPartitionIsCleanedUp'], bounds: {}, breaks: 'I5' },
  { without: ['everyPartitionIsDiscarded'], bounds: { cancels: 1 }, breaks: 'I5' },
  { without: ['journalOfEveryPartitionIsCleared'], bounds: { writes: 1 }, breaks: 'I5' },
  { without: ['everySentinelIsDeleted'], bounds: {}, breaks: 'I5' },
];

/** Pairs of rules that back each other: an invariant breaks only without both. */
export const BACKED: readonly Tooth[] = [
  // the comparison finds what the copy has left out
  { without: ['everyPartitionIsCopied', 'everyPartitionIsCompared'], bounds: {}, breaks: 'I2' },
  // no sentinel is missed
  { without: ['everyPartitionIsCaptured', 'everyPartitionHasSentinel'], bounds: { writes: 1 }, breaks: 'I2' },
];
