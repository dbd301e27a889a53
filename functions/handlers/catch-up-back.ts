import { StageInput, wayOut } from '../aws/stage.ts';
import { catchUp } from '../migration/routing/catch-up.ts';

export const handler = wayOut(StageInput, (ports, migration, _, slice) =>
  catchUp(ports, migration, 'back', slice),
);
