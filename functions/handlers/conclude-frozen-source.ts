import { StageInput, stage } from '../aws/stage.ts';
import { concludeFrozenSource } from '../migration/clean-up/conclude-frozen-source.ts';
import { concludeWithoutSource, unlessGone } from '../migration/clean-up/table-gone.ts';

export const handler = stage(StageInput, (ports, migration) =>
  unlessGone(
    ports,
    migration,
    'source',
    () => concludeFrozenSource(ports, migration),
    () => concludeWithoutSource(ports, migration),
  ),
);
