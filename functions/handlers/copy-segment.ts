import { forwardStep, SegmentInput } from '../aws/step.ts';
import { copySegment } from '../migration/copy/copy-segment.ts';

export const handler = forwardStep(SegmentInput, (ports, migration, { segment }, slice) =>
  copySegment(ports, migration, segment, slice),
);
