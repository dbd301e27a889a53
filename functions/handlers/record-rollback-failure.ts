import { FailureInput, wayOut } from '../aws/stage.ts';
import { recordRollbackFailure } from '../migration/rollback/record-rollback-failure.ts';

export const handler = wayOut(FailureInput, (ports, migration, { failure }) =>
  recordRollbackFailure(ports, migration, failure),
);
