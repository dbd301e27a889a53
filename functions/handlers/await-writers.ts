import { StageInput, wayOut } from '../aws/stage.ts';
import { awaitWriters } from '../migration/rollback/await-writers.ts';

export const handler = wayOut(StageInput, awaitWriters);
