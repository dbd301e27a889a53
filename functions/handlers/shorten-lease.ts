import { forwardStep, StepInput } from '../aws/step.ts';
import { shortenLease } from '../migration/cutover/shorten-lease.ts';

export const handler = forwardStep(StepInput, (ports, migration) =>
  shortenLease(ports, migration, 'forward'),
);
