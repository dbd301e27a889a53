import { StageInput, wayOut } from '../aws/stage.ts';
import { closeRollBack } from '../migration/rollback/close-roll-back.ts';

export const handler = wayOut(StageInput, closeRollBack);
