import { SegmentInput, wayOut } from '../aws/stage.ts';
import { unlessGone } from '../migration/clean-up/table-gone.ts';
import { compareTargetLeft, SETTLED } from '../migration/verify/compare-kept-segment.ts';

export const handler = wayOut(SegmentInput, (ports, migration, { segment }, slice) =>
  unlessGone(
    ports,
    migration,
    'target',
    () => compareTargetLeft(ports, migration, segment, slice),
    () => SETTLED,
  ),
);
