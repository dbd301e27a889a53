import { StageInput, wayOut } from '../aws/stage.ts';
import { stopIfGone } from '../migration/clean-up/table-gone.ts';
import { catchUp } from '../migration/routing/catch-up.ts';

export const handler = wayOut(StageInput, (ports, migration, _, slice) =>
  stopIfGone(ports, migration, 'source', () => catchUp(ports, migration, 'back', slice)),
);
