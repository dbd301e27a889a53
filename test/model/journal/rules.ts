import { withoutRules } from '../without-rules.ts';

/**
 * Rules on which "nothing is lost" depends, in addition to the routes, leases and claims of the other model. `without` removes
 * a rule, and the search must find the loss.
 */
export const RULES = {
  /** Assumption: a change of an untouched key is delivered before the sentinel of its range. Untrue without one in its shard. */
  untouchedKeysComeFirst: true,
  /** Under the fence, every touched key is read on both sides. One that differs is journalled on the live side. */
  touchedKeysAreCompared: true,
  /** A key becomes touched before its entry is removed. */
  touchedIsWrittenFirst: true,
  /** The drain ends only once sentinels of both sides have come through capture. */
  sentinelsAreBack: true,
  /** The journal counts as empty only if it was read after the sentinels had come through capture. */
  journalIsEmptyAtFlip: true,

  /** No fence before a proof of capture has come through on both sides. */
  proofComesFirst: true,
  /** If too much time has passed between two proofs, the journal has a gap, and all keys are compared before a fence. */
  gapIsCompared: true,
  /** The same after a stream was replaced. */
  replacedStreamIsCompared: true,
  /** The stream's identity is read again after the sentinels have come through capture, before they count. */
  streamIsSameUnderFence: true,
  /** After a gap, a key that differs is journalled on the live side. */
  liveSideWinsAfterGap: true,
  /** A rollback compares all keys before its fence. */
  rollbackIsCompared: true,

  /** No fence while a write call without an answer may take effect. */
  lateCallsAreOut: true,
  /** The same for the calls of a worker that died with its claim. */
  deadWorkersCallsAreOut: true,
  /** A comparison that begins while such a call may take effect drops no touched key. */
  lateCallsKeepTouchedKeys: true,
  /** A touched key that a comparison finds different stays touched: a late call of the migration may have changed it. */
  differentKeysStayTouched: true,
  /** No flip after an unanswered write call of its own drain. */
  unansweredDrainGivesUp: true,

  /** After a flip, the former live side is compared with the live side before it is discarded. */
  leftSideIsCompared: true,
  /** Only an entry whose old image is the item of the former live side explains a difference. */
  oldImageExplains: true,
  /** An entry without an old image explains nothing: it may stem from the migration's own write. */
  echoExplainsNothing: true,
  /** The same after a rollback's flip. */
  oldImageExplainsBack: true,
  /** An old image counts even if both sides are equal again. */
  equalSidesAreChecked: true,
  /** Old images and stragglers that arrived after the comparison are checked when the hold ends. */
  holdEndsWithCheck: true,
  /** A rollback reports an item of the kept source that no change on the target explains, before it is overwritten. */
  overwrittenItemsAreReported: true,
} as const satisfies Readonly<Record<string, boolean>>;

export type Rule = keyof typeof RULES;
export type Rules = Readonly<Record<Rule, boolean>>;

/** Returns the protocol without these rules. */
export const without = withoutRules(RULES);
