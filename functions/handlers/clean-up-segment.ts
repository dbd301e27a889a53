import { SegmentInput, stage } from '../aws/stage.ts';
import { cleanUpSegment } from '../migration/clean-up/clean-up-segment.ts';
import { unlessGone } from '../migration/clean-up/table-gone.ts';

export const handler = stage(SegmentInput, (ports, migration, { segment }, slice) =>
  unlessGone(
    ports,
    migration,
    'source',
    () => cleanUpSegment(ports, migration, segment, slice),
    () => ({ done: true, waitSeconds: 0 }),
  ),
);
