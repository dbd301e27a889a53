import { SegmentInput, stage } from '../aws/stage.ts';
import { verifyFrozenSegment } from '../migration/verify/verify-frozen-segment.ts';

export const handler = stage(SegmentInput, (ports, migration, { segment }) =>
  verifyFrozenSegment(ports, migration, segment),
);
