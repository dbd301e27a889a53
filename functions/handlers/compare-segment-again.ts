import { forwardStep, SegmentInput } from '../aws/step.ts';
import { compareSegment } from '../migration/compare/compare-segment.ts';

export const handler = forwardStep(SegmentInput, (ports, migration, { segment }, slice) =>
  compareSegment(ports, migration, segment, 'forward', slice),
);
