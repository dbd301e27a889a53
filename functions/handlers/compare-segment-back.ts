import { SegmentInput, wayOut } from '../aws/stage.ts';
import { compareSegment } from '../migration/verify/compare-segment.ts';

export const handler = wayOut(SegmentInput, (ports, migration, { segment }, slice) =>
  compareSegment(ports, migration, segment, 'back', slice),
);
