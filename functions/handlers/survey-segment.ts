import { SegmentInput, stage } from '../aws/stage.ts';
import { surveySegment } from '../migration/copy/survey-segment.ts';

export const handler = stage(SegmentInput, (ports, migration, { segment }, slice) =>
  surveySegment(ports, migration, segment, slice),
);
