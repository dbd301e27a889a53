import { SFNClient, StopExecutionCommand } from '@aws-sdk/client-sfn';
import type { Migration } from '../../functions/migration/migration.ts';
import { executionArn, machineArn } from '../../scripts/local/arns.ts';
import type { Stack } from '../../scripts/local/stack.ts';
import { MIGRATION_MACHINE } from '../../scripts/local/state-machines.ts';

/** Stops a migration's execution as an operator would. Steps that are running continue. */
export const stopExecution = async (
  { endpoints }: Stack,
  { migrationId, attempt }: Migration,
): Promise<void> => {
  const sfn = new SFNClient({
    endpoint: endpoints.stepFunctions,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  try {
    const arn = executionArn(machineArn(MIGRATION_MACHINE), `${migrationId}-${attempt}`);
    await sfn.send(new StopExecutionCommand({ executionArn: arn }));
  } finally {
    sfn.destroy();
  }
};
