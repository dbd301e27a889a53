import { forwardStep, SegmentInput } from '../aws/step.ts';
import { surveySegment } from '../migration/plan/survey-segment.ts';

export const handler = forwardStep(SegmentInput, (ports, migration, { segment }, slice) =>
  surveySegment(ports, migration, segment, slice),
);
