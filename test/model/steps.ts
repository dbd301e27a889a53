/**
 * Where a worker stands: the state of the state machine that it is in, and behind a stroke what it does next there. A
 * state begins with its guard; whoever stands at a stroke is in the middle of a step, and may be left behind there.
 */
export const STEPS = [
  'ArmSourceCapture',
  'ArmSourceCapture/commit',
  'ClaimTargetPartition',
  'CopySegment',
  'CopySegment/claim',
  'CopySegment/read',
  'CopySegment/write',
  'ConcludeCopy',
  'ArmTargetCapture',
  'ArmTargetCapture/commit',
  'CatchUp',
  'CatchUp/look',
  'CatchUp/from',
  'CatchUp/to',
  'CatchUp/act',
  'CatchUp/write',
  'ShortenLease',
  'ShortenLease/commit',
  'ShortenLease/count',
  'CutOver',
  'CutOver/fence',
  'CutOver/waitOut',
  'CutOver/look',
  'CutOver/from',
  'CutOver/to',
  'CutOver/act',
  'CutOver/write',
  'CutOver/flip',
  'CutOver/commit',
  'CutOver/openAgain',
  'CompareKeptSegment',
  'VerifyFrozenSegment',
  'ConcludeFrozenSource',
  'ConcludeFrozenSource/commit',
  'CleanUpSegment',
  'CleanUpSegment/delete',
  'CloseReport',
  'CloseReport/clear',
  'CloseReport/end',
  'DecideWayOut',
  'ReopenWrites',
  'AwaitWriters',
  'DiscardTarget',
  'DiscardTarget/look',
  'DiscardTarget/delete',
  'CloseRollBack',
  'CloseRollBack/clear',
  'CloseRollBack/end',
] as const;
export type Step = (typeof STEPS)[number];

export const isMidStep = (step: Step): boolean => step.includes('/');

const BEGINNINGS = new Map(
  STEPS.map((step) => [step, STEPS.find((other) => other === step.split('/')[0]) ?? step]),
);
/** Where the state machine's Retry begins it again. */
export const beginningOf = (step: Step): Step => BEGINNINGS.get(step) ?? step;
