import { forwardStep, SegmentInput } from '../aws/step.ts';
import { cleanUpSegment } from '../migration/clean-up/clean-up-segment.ts';
import { skipIfTableGone } from '../migration/clean-up/table-gone.ts';

export const handler = forwardStep(SegmentInput, (ports, migration, { segment }, slice) =>
  skipIfTableGone(
    ports,
    migration,
    'source',
    () => cleanUpSegment(ports, migration, segment, slice),
    () => ({ done: true, waitSeconds: 0 }),
  ),
);
