import type { Tooth as AnyTooth } from '../test-teeth.ts';
import type { Rule } from './rules.ts';
import type { Bounds } from './state.ts';

type Tooth = AnyTooth<Rule, Bounds>;

/** One key, alone in the shard without a sentinel. */
const alone = { keys: 1, shards: 2, mayAccuse: true } as const;
const unproved = { ...alone, isUnproved: true } as const;
const proved = { keys: 1, shards: 1, mayAccuse: true } as const;

export const TEETH: readonly Tooth[] = [
  { without: ['untouchedKeysComeFirst'], bounds: { ...alone, writes: 1 }, breaks: 'I2' },
  { without: ['touchedKeysAreCompared'], bounds: { ...alone, writes: 2 }, breaks: 'I2' },
  { without: ['touchedIsWrittenFirst'], bounds: { ...alone, writes: 2, crashes: 1 }, breaks: 'I2' },
  { without: ['sentinelsAreBack'], bounds: { ...proved, writes: 1 }, breaks: 'I2' },
  { without: ['journalIsEmptyAtFlip'], bounds: { ...proved, writes: 1 }, breaks: 'I2' },
  { without: ['proofComesFirst'], bounds: { ...proved, writes: 1, gaps: 1 }, breaks: 'I2' },
  { without: ['gapIsCompared'], bounds: { ...proved, writes: 1, gaps: 1 }, breaks: 'I2' },
  { without: ['replacedStreamIsCompared'], bounds: { ...proved, writes: 1, replacements: 1 }, breaks: 'I2' },
  { without: ['streamIsSameUnderFence'], bounds: { ...proved, writes: 1, replacements: 1 }, breaks: 'I2' },
  // a change that capture has missed would look like a foreign write, and cause a needless rollback
  {
    without: ['liveSideWinsAfterGap'],
    bounds: { ...proved, writes: 1, gaps: 1, mayAccuse: false },
    breaks: 'operator',
  },
  { without: ['rollbackIsCompared'], bounds: { ...alone, writes: 2, rollbacks: 1 }, breaks: 'I2' },
  { without: ['lateCallsAreOut'], bounds: { ...proved, writes: 2, lateCalls: 1 }, breaks: 'I2' },
  {
    without: ['deadWorkersCallsAreOut'],
    bounds: { ...proved, writes: 2, lateCalls: 1, crashes: 1 },
    breaks: 'I2',
  },
  { without: ['unansweredDrainGivesUp'], bounds: { ...proved, writes: 2, lateCalls: 1 }, breaks: 'I2' },
  { without: ['lateCallsKeepTouchedKeys'], bounds: { ...alone, writes: 2, lateCalls: 1 }, breaks: 'I2' },
  {
    without: ['differentKeysStayTouched'],
    bounds: { ...proved, writes: 2, lateCalls: 1, mayAccuse: false },
    breaks: 'operator',
  },
  { without: ['leftSideIsCompared'], bounds: { ...unproved, writes: 2, rollbacks: 1 }, breaks: 'I2' },
  { without: ['oldImageExplains'], bounds: { ...unproved, writes: 2, losses: 1 }, breaks: 'I2' },
  { without: ['echoExplainsNothing'], bounds: { ...unproved, writes: 2, losses: 1 }, breaks: 'I2' },
  { without: ['oldImageExplainsBack'], bounds: { ...unproved, writes: 2, rollbacks: 1 }, breaks: 'I2' },
  { without: ['equalSidesAreChecked'], bounds: { ...unproved, writes: 3, kind: 'counts' }, breaks: 'I2' },
  { without: ['holdEndsWithCheck'], bounds: { ...unproved, writes: 3, kind: 'counts' }, breaks: 'I2' },
  {
    without: ['overwrittenItemsAreReported'],
    bounds: { ...unproved, writes: 2, rollbacks: 1 },
    breaks: 'I2',
  },
];
