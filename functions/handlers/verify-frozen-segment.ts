import { SegmentInput, stage } from '../aws/stage.ts';
import { unlessGone } from '../migration/clean-up/table-gone.ts';
import { verifyFrozenSegment } from '../migration/verify/verify-frozen-segment.ts';

export const handler = stage(SegmentInput, (ports, migration, { segment }, slice) =>
  unlessGone(
    ports,
    migration,
    'source',
    () => verifyFrozenSegment(ports, migration, segment, slice),
    () => undefined,
  ),
);
