import { SegmentInput, stage } from '../aws/stage.ts';
import { compareSegment } from '../migration/verify/compare-segment.ts';

export const handler = stage(SegmentInput, (ports, migration, { segment }, slice) =>
  compareSegment(ports, migration, segment, 'forth', slice),
);
