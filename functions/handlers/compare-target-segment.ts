import { rollbackStep, SegmentInput } from '../aws/step.ts';
import { skipIfTableGone } from '../migration/clean-up/table-gone.ts';
import { compareTargetSegment, NOTHING_TO_COMPARE } from '../migration/verify/compare-kept-segment.ts';

export const handler = rollbackStep(SegmentInput, (ports, migration, { segment }, slice) =>
  skipIfTableGone(
    ports,
    migration,
    'target',
    () => compareTargetSegment(ports, migration, segment, slice),
    () => NOTHING_TO_COMPARE,
  ),
);
