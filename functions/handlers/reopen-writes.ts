import { StageInput, wayOut } from '../aws/stage.ts';
import { reopenWrites } from '../migration/rollback/reopen-writes.ts';

export const handler = wayOut(StageInput, reopenWrites);
