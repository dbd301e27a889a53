import { FailureInput, wayOut } from '../aws/stage.ts';
import { recordFailure } from '../migration/record-failure.ts';

export const handler = wayOut(FailureInput, (ports, migration, { failure }) =>
  recordFailure(ports, migration, failure),
);
