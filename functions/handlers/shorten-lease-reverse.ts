import { rollbackStep, StepInput } from '../aws/step.ts';
import { shortenLease } from '../migration/cutover/shorten-lease.ts';

export const handler = rollbackStep(StepInput, (ports, migration) =>
  shortenLease(ports, migration, 'reverse'),
);
