import {
  DeleteBackupCommand,
  DeleteTableCommand,
  type DynamoDBClient,
  ListBackupsCommand,
  paginateListTables,
  UpdateTableCommand,
} from '@aws-sdk/client-dynamodb';
import {
  DeleteEventSourceMappingCommand,
  type LambdaClient,
  paginateListEventSourceMappings,
} from '@aws-sdk/client-lambda';
import { paginateListExecutions, type SFNClient, StopExecutionCommand } from '@aws-sdk/client-sfn';
import { MACHINES } from '../../state-machines/machines.ts';
import type { Removal } from './clean-up.ts';
import { checkedPrefix } from './deployment-name.ts';

export interface Clients {
  readonly dynamodb: DynamoDBClient;
  readonly lambda: LambdaClient;
  readonly sfn: SFNClient;
}

/** Errors for a resource that does not exist. */
const NOT_FOUND_ERRORS = new Set([
  'ResourceNotFoundException',
  'TableNotFoundException',
  'BackupNotFoundException',
  'ExecutionDoesNotExist',
  'StateMachineDoesNotExist',
]);
const READERS = ['capture-changes'];

const ignoreNotFound = async (call: () => Promise<unknown>): Promise<void> => {
  try {
    await call();
  } catch (error) {
    if (!(error instanceof Error && NOT_FOUND_ERRORS.has(error.name))) throw error;
  }
};

/** @throws Error with the number of resources that are left */
const checkNothingLeft = (count: number, what: string): void => {
  if (count > 0) throw new Error(`${count} ${what} are still there`);
};

/**
 * Returns the removals of resources that migrations create at run time and CloudFormation does not know. They are found by
 * name, only under this prefix. Each removal lists them, requests their deletion, and fails until a later list is empty.
 * @param machineArns maps the name of a machine to its ARN.
 */
export const runTimeRemovals = (
  { dynamodb, lambda, sfn }: Clients,
  given: { readonly prefix: string; readonly machineArn: (name: string) => string },
): readonly Removal[] => {
  const prefix = checkedPrefix(given.prefix);
  const isOfDeployment = (name = '') => name.startsWith(`${prefix}-`);
  return [
    {
      what: 'backups of tables with the prefix (system backups of deleted tables are kept for 35 days, free of charge)',
      remove: async () => {
        const { BackupSummaries = [] } = await dynamodb.send(new ListBackupsCommand({ BackupType: 'USER' }));
        const ours = BackupSummaries.filter(
          ({ TableName, BackupStatus }) => isOfDeployment(TableName) && BackupStatus !== 'DELETED',
        );
        for (const { BackupArn } of ours)
          await ignoreNotFound(() => dynamodb.send(new DeleteBackupCommand({ BackupArn })));
        checkNothingLeft(ours.length, 'backups');
      },
    },
    {
      what: 'tier tables and probe tables with the prefix that belong to no stack',
      remove: async () => {
        const names: string[] = [];
        for await (const page of paginateListTables({ client: dynamodb }, {}))
          names.push(...(page.TableNames ?? []).filter((name) => isRunTimeTable(prefix, name)));
        for (const TableName of names) {
          await ignoreNotFound(() =>
            dynamodb.send(new UpdateTableCommand({ TableName, DeletionProtectionEnabled: false })),
          ).catch(() => undefined);
          await ignoreNotFound(() => dynamodb.send(new DeleteTableCommand({ TableName })));
        }
        checkNothingLeft(names.length, 'tables');
      },
    },
    {
      what: 'event source mappings of the tables that migrations created',
      remove: async () => {
        let left = 0;
        for (const reader of READERS) {
          const pages = paginateListEventSourceMappings(
            { client: lambda },
            { FunctionName: `${prefix}-${reader}` },
          );
          await ignoreNotFound(async () => {
            for await (const page of pages)
              for (const { UUID, EventSourceArn = '' } of page.EventSourceMappings ?? []) {
                if (!isRunTimeTable(prefix, EventSourceArn.split('/')[1] ?? '')) continue;
                left += 1;
                await ignoreNotFound(() => lambda.send(new DeleteEventSourceMappingCommand({ UUID })));
              }
          });
        }
        checkNothingLeft(left, 'event source mappings');
      },
    },
    {
      what: 'running executions',
      remove: async () => {
        let left = 0;
        for (const name of MACHINES) {
          const pages = paginateListExecutions(
            { client: sfn },
            { stateMachineArn: given.machineArn(`${prefix}-${name}`), statusFilter: 'RUNNING' },
          );
          await ignoreNotFound(async () => {
            for await (const page of pages)
              for (const { executionArn } of page.executions ?? []) {
                left += 1;
                await ignoreNotFound(() => sfn.send(new StopExecutionCommand({ executionArn })));
              }
          });
        }
        checkNothingLeft(left, 'executions');
      },
    },
  ];
};

/** True for a table outside of all stacks: a dedicated one, a further shared one (`first.2`), or one of the probes. */
export const isRunTimeTable = (prefix: string, name: string): boolean =>
  name.startsWith(`${checkedPrefix(prefix)}-probe-`) ||
  (name.startsWith(`${prefix}-tenant-data-`) &&
    !/^(first|second)$/.test(name.slice(`${prefix}-tenant-data-`.length)));
