/**
 * What "nothing is lost" depends on beyond the routes, leases and claims of the other model. `without` takes a rule away, and
 * the search must find the loss.
 */
export const RULES = {
  /** Assumption: a key without a touched record is delivered before the sentinel of its range. Untrue for a shard that holds no sentinel. */
  untouchedKeysComeFirst: true,
  /** Under the fence, every touched key is read on both sides; one that differs is marked on the live side. */
  touchedKeysAreCompared: true,
  /** A key becomes touched before its mark is removed. */
  touchedIsWrittenFirst: true,
  /** The drain ends only once sentinels of both sides have come through capture. */
  sentinelsAreBack: true,
  /** The first time that the journal is compared as empty is after the sentinels are back. */
  journalIsEmptyAtFlip: true,

  /** No fence before a proof of capture has come through on both sides. */
  proofComesFirst: true,
  /** Too long between two proofs: the journal is not whole, and everything is compared before a fence. */
  gapIsCompared: true,
  /** A stream that was replaced: the same. */
  replacedStreamIsCompared: true,
  /** The stream is looked at again once the sentinels are back, before anything is concluded from them. */
  streamIsSameUnderFence: true,
  /** After a gap, a key that differs is marked on the live side. */
  liveSideWinsAfterGap: true,
  /** A rollback compares everything before its fence. */
  rollbackIsCompared: true,

  /** No fence before a write call that was given up is out. */
  lateCallsAreOut: true,
  /** The same for a worker that died with its claim. */
  deadWorkersCallsAreOut: true,
  /** A comparison that begins before such a call is out drops no touched key. */
  lateCallsKeepTouchedKeys: true,
  /** A touched key that a comparison finds different stays touched: a call of ours may have changed it late. */
  differentKeysStayTouched: true,
  /** No flip after an unanswered write call of its own drain. */
  unansweredDrainGivesUp: true,

  /** After a flip, the side that was left is compared with the live side, before it is discarded. */
  leftSideIsCompared: true,
  /** A difference is explained only by a mark whose old image is the item of the side that was left. */
  oldImageExplains: true,
  /** A mark without an old image explains nothing: it may be an echo of a write of ours. */
  echoExplainsNothing: true,
  /** The same after a flip back. */
  oldImageExplainsBack: true,
  /** An old image counts also if both sides are equal again. */
  equalSidesAreChecked: true,
  /** Old images and stragglers that came after the comparison are looked at when the hold ends. */
  holdEndsWithCheck: true,
  /** A rollback reports an item of the kept source that no change on the target explains, before it is overwritten. */
  overwrittenItemsAreReported: true,
} as const satisfies Readonly<Record<string, boolean>>;

export type Rule = keyof typeof RULES;
export type Rules = Readonly<Record<Rule, boolean>>;

/** The protocol without these rules. */
export const without = (...names: readonly Rule[]): Rules => ({
  ...RULES,
  ...Object.fromEntries(names.map((name) => [name, false])),
});
