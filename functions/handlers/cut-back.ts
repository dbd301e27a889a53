import { StageInput, wayOut } from '../aws/stage.ts';
import { cutOver } from '../migration/routing/cut-over.ts';

export const handler = wayOut(StageInput, (ports, migration) => cutOver(ports, migration, 'back'));
