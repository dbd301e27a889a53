import { SegmentInput, wayOut } from '../aws/stage.ts';
import { compareTargetLeft } from '../migration/verify/compare-kept-segment.ts';

export const handler = wayOut(SegmentInput, (ports, migration, { segment }) =>
  compareTargetLeft(ports, migration, segment),
);
