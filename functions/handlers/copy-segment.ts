import { SegmentInput, stage } from '../aws/stage.ts';
import { copySegment } from '../migration/copy/copy-segment.ts';

export const handler = stage(SegmentInput, (ports, migration, { segment }, slice) =>
  copySegment(ports, migration, segment, slice),
);
