import { StageInput, stage } from '../aws/stage.ts';
import { cutOver } from '../migration/routing/cut-over.ts';

export const handler = stage(StageInput, (ports, migration) => cutOver(ports, migration, 'forth'));
