import { StageInput, wayOut } from '../aws/stage.ts';
import { dropCreatedTable } from '../migration/rollback/drop-created-table.ts';

export const handler = wayOut(StageInput, dropCreatedTable);
