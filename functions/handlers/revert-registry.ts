import { StageInput, wayOut } from '../aws/stage.ts';
import { revertRegistry } from '../migration/rollback/revert-registry.ts';

export const handler = wayOut(StageInput, revertRegistry);
