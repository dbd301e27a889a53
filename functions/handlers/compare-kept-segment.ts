import { SegmentInput, stage } from '../aws/stage.ts';
import { compareKeptSegment } from '../migration/verify/compare-kept-segment.ts';

export const handler = stage(SegmentInput, (ports, migration, { segment }) =>
  compareKeptSegment(ports, migration, segment),
);
