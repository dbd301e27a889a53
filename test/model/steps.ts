/**
 * Positions of a worker: a state of the state machine, and after a slash the worker's next action in it. A state begins with
 * its guard. A worker at a name with a slash is within a step, and may be left over there.
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
  'CutOver/reopen',
  'CompareKeptSegment',
  'VerifyKeptSegment',
  'ConcludeKeptSource',
  'ConcludeKeptSource/commit',
  'CleanUpSegment',
  'CleanUpSegment/delete',
  'CloseReport',
  'CloseReport/clear',
  'CloseReport/end',
  'DecideRollback',
  'ReopenWrites',
  'AwaitWorkers',
  'DiscardTarget',
  'DiscardTarget/look',
  'DiscardTarget/delete',
  'CloseRollback',
  'CloseRollback/clear',
  'CloseRollback/end',
] as const;
export type Step = (typeof STEPS)[number];

export const isMidStep = (step: Step): boolean => step.includes('/');

const BEGINNINGS = new Map(
  STEPS.map((step) => [step, STEPS.find((other) => other === step.split('/')[0]) ?? step]),
);
/** Returns the position at which the state machine's Retry begins a step again. */
export const beginningOf = (step: Step): Step => BEGINNINGS.get(step) ?? step;
