import { rollbackStep, SegmentInput } from '../aws/step.ts';
import { compareSegment } from '../migration/compare/compare-segment.ts';

export const handler = rollbackStep(SegmentInput, (ports, migration, { segment }, slice) =>
  compareSegment(ports, migration, segment, 'reverse', slice),
);
