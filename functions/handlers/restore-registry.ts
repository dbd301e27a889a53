import { StageInput, wayOut } from '../aws/stage.ts';
import { restoreRegistry } from '../migration/rollback/restore-registry.ts';

export const handler = wayOut(StageInput, restoreRegistry);
