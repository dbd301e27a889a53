import { SegmentInput, stage } from '../aws/stage.ts';
import { unlessGone } from '../migration/clean-up/table-gone.ts';
import { compareKeptSegment, SETTLED } from '../migration/verify/compare-kept-segment.ts';

export const handler = stage(SegmentInput, (ports, migration, { segment }, slice) =>
  unlessGone(
    ports,
    migration,
    'source',
    () => compareKeptSegment(ports, migration, segment, slice),
    () => SETTLED,
  ),
);
