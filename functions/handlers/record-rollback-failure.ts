import { FailureInput, rollbackStep } from '../aws/step.ts';
import { recordRollbackFailure } from '../migration/rollback/record-rollback-failure.ts';

export const handler = rollbackStep(FailureInput, (ports, migration, { failure }) =>
  recordRollbackFailure(ports, migration, failure),
);
