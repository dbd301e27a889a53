import { forwardStep, StepInput } from '../aws/step.ts';
import { cutOver } from '../migration/cutover/cut-over.ts';

export const handler = forwardStep(StepInput, (ports, migration) => cutOver(ports, migration, 'forward'));
