import { SegmentInput, stage } from '../aws/stage.ts';
import { cleanUpSegment } from '../migration/clean-up/clean-up-segment.ts';

export const handler = stage(SegmentInput, (ports, migration, { segment }, slice) =>
  cleanUpSegment(ports, migration, segment, slice),
);
