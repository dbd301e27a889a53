import { Readable } from 'node:stream';
import type { DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import * as z from 'zod';

const Request = z.object({
  TableName: z.string().optional(),
  BackupName: z.string().optional(),
  BackupArn: z.string().optional(),
});
type TableRequest = z.output<typeof Request>;

/** Numbers of calls: refusals of recovery on a new table, answers with recovery ENABLING, answers with a backup CREATING. */
const LATE = { refused: 3, enabling: 3, creating: 4 };

class Refusal extends Error {}

/**
 * Adds DynamoDB's recovery and backups to an engine that has neither. Recovery is accepted and shown late. A backup takes
 * some calls, during which its table cannot be deleted.
 * [API reference, UpdateContinuousBackups, CreateBackup; developer guide, Backing up a DynamoDB table]
 */
export class LateTables {
  readonly #recovery = new Map<string, { refusals: number; polls: number }>();
  /** Backups by ARN. */
  readonly backups = new Map<string, { readonly table: string; readonly name: string; polls: number }>();
  /** Names of all errors that were returned. */
  readonly refusals: string[] = [];

  readonly dynamodb: DynamoDBClientConfig = {
    extensions: [
      {
        configure: (config) => {
          const handler = config.httpHandler();
          const send = handler.handle.bind(handler);
          handler.handle = async (request, options) => {
            const operation = String(request.headers['x-amz-target']).split('.').at(-1) ?? '';
            const given = this.#answer(operation, () => Request.parse(JSON.parse(String(request.body))));
            if (given === undefined) return send(request, options);
            const { status, body } = given;
            return {
              response: {
                statusCode: status,
                headers: { 'content-type': 'application/x-amz-json-1.0' },
                body: Readable.from([JSON.stringify(body)]),
              },
            };
          };
        },
      },
    ],
  };

  #answer(operation: string, read: () => TableRequest): { status: number; body: object } | undefined {
    const answer = this.#answers[operation];
    if (!answer) return undefined;
    try {
      const body = answer(read());
      return body && { status: 200, body };
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.refusals.push(error.message);
      return {
        status: 400,
        body: { __type: `com.amazonaws.dynamodb.v20120810#${error.message}`, message: 'planted' },
      };
    }
  }

  readonly #answers: Readonly<Record<string, (asked: TableRequest) => object | undefined>> = {
    UpdateContinuousBackups: ({ TableName = '' }) => {
      const found = this.#recovery.get(TableName) ?? { refusals: 0, polls: 0 };
      this.#recovery.set(TableName, found);
      found.refusals += 1;
      if (found.refusals <= LATE.refused) throw new Refusal('ContinuousBackupsUnavailableException');
      return {};
    },
    DescribeContinuousBackups: ({ TableName = '' }) => {
      const found = this.#recovery.get(TableName);
      const isOn = found !== undefined && found.refusals > LATE.refused;
      if (isOn) found.polls += 1;
      const PointInTimeRecoveryStatus = !isOn
        ? 'DISABLED'
        : found.polls > LATE.enabling
          ? 'ENABLED'
          : 'ENABLING';
      return {
        ContinuousBackupsDescription: {
          ContinuousBackupsStatus: 'ENABLED',
          PointInTimeRecoveryDescription: { PointInTimeRecoveryStatus },
        },
      };
    },
    ListBackups: ({ TableName }) => ({
      BackupSummaries: [...this.backups]
        .filter(([, { table }]) => table === TableName)
        .map(([BackupArn, { name }]) => ({ BackupArn, BackupName: name, BackupStatus: 'AVAILABLE' })),
    }),
    CreateBackup: ({ TableName = '', BackupName = '' }) => {
      if (this.#isBackedUp(TableName)) throw new Refusal('BackupInUseException');
      const BackupArn = `arn:aws:dynamodb:us-east-1:000000000000:table/${TableName}/backup/${this.backups.size}`;
      this.backups.set(BackupArn, { table: TableName, name: BackupName, polls: 0 });
      return { BackupDetails: { BackupArn, BackupName, BackupStatus: 'CREATING', BackupType: 'USER' } };
    },
    DescribeBackup: ({ BackupArn = '' }) => {
      const found = this.backups.get(BackupArn);
      if (!found) throw new Refusal('BackupNotFoundException');
      found.polls += 1;
      const BackupStatus = found.polls > LATE.creating ? 'AVAILABLE' : 'CREATING';
      return { BackupDescription: { BackupDetails: { BackupArn, BackupStatus } } };
    },
    DeleteTable: ({ TableName = '' }) => {
      if (this.#isBackedUp(TableName)) throw new Refusal('ResourceInUseException');
      return undefined;
    },
  };

  #isBackedUp(table: string): boolean {
    return [...this.backups.values()].some((one) => one.table === table && one.polls <= LATE.creating);
  }
}
