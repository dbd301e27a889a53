import { forwardStep, SegmentInput } from '../aws/step.ts';
import { skipIfTableGone } from '../migration/clean-up/table-gone.ts';
import { compareKeptSegment, NOTHING_TO_COMPARE } from '../migration/verify/compare-kept-segment.ts';

export const handler = forwardStep(SegmentInput, (ports, migration, { segment }, slice) =>
  skipIfTableGone(
    ports,
    migration,
    'source',
    () => compareKeptSegment(ports, migration, segment, slice),
    () => NOTHING_TO_COMPARE,
  ),
);
