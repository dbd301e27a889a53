import { StageInput, stage } from '../aws/stage.ts';
import { catchUp } from '../migration/routing/catch-up.ts';

export const handler = stage(StageInput, (ports, migration, _, slice) =>
  catchUp(ports, migration, 'forth', slice),
);
