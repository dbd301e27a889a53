import { forwardStep, SegmentInput } from '../aws/step.ts';
import { skipIfTableGone } from '../migration/clean-up/table-gone.ts';
import { verifyKeptSegment } from '../migration/verify/verify-kept-segment.ts';

export const handler = forwardStep(SegmentInput, (ports, migration, { segment }, slice) =>
  skipIfTableGone(
    ports,
    migration,
    'source',
    () => verifyKeptSegment(ports, migration, segment, slice),
    () => undefined,
  ),
);
