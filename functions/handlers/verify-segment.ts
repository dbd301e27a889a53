import { SegmentInput, stage } from '../aws/stage.ts';
import { verifySegment } from '../migration/verify/verify-segment.ts';

export const handler = stage(SegmentInput, (ports, migration, { segment }) =>
  verifySegment(ports, migration, segment),
);
