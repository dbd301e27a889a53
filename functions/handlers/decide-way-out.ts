import { StageInput, wayOut } from '../aws/stage.ts';
import { decideWayOut } from '../migration/rollback/decide-way-out.ts';

export const handler = wayOut(StageInput, decideWayOut);
