import {
  DescribeTableCommand,
  type DynamoDBClientConfig,
  type StreamSpecification,
  UpdateTableCommand,
} from '@aws-sdk/client-dynamodb';
import { dynamoClient } from '../../functions/aws/client.ts';
import { until } from '../support/until.ts';

/** Turns a table's stream off, runs work, and turns it on again. No stream contains the changes made meanwhile. */
export const replaceStream = async (
  config: DynamoDBClientConfig,
  TableName: string,
  meanwhile: () => Promise<unknown>,
): Promise<void> => {
  const client = dynamoClient(config);
  const update = async (StreamSpecification: StreamSpecification) => {
    await client.send(new UpdateTableCommand({ TableName, StreamSpecification }));
    await until(`the update of ${TableName}`, async () => {
      const { Table } = await client.send(new DescribeTableCommand({ TableName }));
      return Table?.TableStatus === 'ACTIVE';
    });
  };
  try {
    const { Table } = await client.send(new DescribeTableCommand({ TableName }));
    await update({ StreamEnabled: false });
    await meanwhile();
    await update({ StreamEnabled: true, StreamViewType: Table?.StreamSpecification?.StreamViewType });
  } finally {
    client.destroy();
  }
};
