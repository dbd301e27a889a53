import { rollbackStep, StepInput } from '../aws/step.ts';
import { cutOver } from '../migration/cutover/cut-over.ts';

export const handler = rollbackStep(StepInput, (ports, migration) => cutOver(ports, migration, 'reverse'));
