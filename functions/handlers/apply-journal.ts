import { StageInput, stage } from '../aws/stage.ts';
import { applyJournal } from '../migration/apply/apply-journal.ts';

export const handler = stage(StageInput, (ports, migration, _, slice) =>
  applyJournal(ports, migration, 'forth', slice),
);
