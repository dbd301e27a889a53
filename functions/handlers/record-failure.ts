import { FailureInput, rollbackStep } from '../aws/step.ts';
import { recordFailure } from '../migration/rollback/record-failure.ts';

export const handler = rollbackStep(FailureInput, (ports, migration, { failure }) =>
  recordFailure(ports, migration, failure),
);
