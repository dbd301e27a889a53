import {
  type _Record,
  DescribeStreamCommand,
  type DescribeStreamCommandOutput,
  DynamoDBStreamsClient,
  type DynamoDBStreamsClientConfig,
  GetRecordsCommand,
  GetShardIteratorCommand,
  type GetShardIteratorCommandInput,
  ListStreamsCommand,
  type ListStreamsCommandOutput,
  ResourceNotFoundException,
} from '@aws-sdk/client-dynamodb-streams';

export type StreamRecord = _Record;

export interface Shard {
  readonly shardId: string;
  /** Given even if the parent is gone. */
  readonly parent?: string;
}
export interface Page {
  readonly records: readonly StreamRecord[];
  /** Absent at the shard's end. `EndingSequenceNumber` does not prove an end: dynoxide returns one for open shards. */
  readonly next?: string;
}

/** The operations of DynamoDB Streams that the poller uses. Each method throws the SDK's errors. */
export interface StreamsClient {
  /** Returns the ARNs of all streams. Disabled streams, and those of deleted tables, are included for a day. */
  list(signal: AbortSignal): Promise<string[]>;
  /** @returns undefined if the stream does not exist any more. */
  describe(
    arn: string,
    signal: AbortSignal,
  ): Promise<{ readonly shards: readonly Shard[]; readonly isOpen: boolean } | undefined>;
  /** Returns an iterator after a record, or at the oldest record if `after` is undefined. */
  iterator(arn: string, shardId: string, after: string | undefined, signal: AbortSignal): Promise<string>;
  /** Returns an iterator after the latest record. */
  latest(arn: string, shardId: string, signal: AbortSignal): Promise<string>;
  read(iterator: string, limit: number, signal: AbortSignal): Promise<Page>;
  close(): void;
}

/** A logger without `info`, so that the SDK copies nothing for it; see `dynamoClient`. */
const logger = { debug() {}, warn() {}, error() {} } as unknown as NonNullable<
  DynamoDBStreamsClientConfig['logger']
>;

export const streamsClient = (config: DynamoDBStreamsClientConfig): StreamsClient => {
  const client = new DynamoDBStreamsClient({
    logger,
    requestHandler: { connectionTimeout: 2_000, requestTimeout: 10_000, throwOnRequestTimeout: true },
    // the poller retries itself, and logs it
    maxAttempts: 1,
    ...config,
  });
  const iteratorAt = async (input: GetShardIteratorCommandInput, abortSignal: AbortSignal) => {
    const { ShardIterator } = await client.send(new GetShardIteratorCommand(input), { abortSignal });
    if (ShardIterator === undefined) throw new Error(`no iterator for ${input.ShardId}`);
    return ShardIterator;
  };
  return {
    async list(abortSignal) {
      const arns: string[] = [];
      let ExclusiveStartStreamArn: string | undefined;
      do {
        const page: ListStreamsCommandOutput = await client.send(
          new ListStreamsCommand({ ExclusiveStartStreamArn }),
          { abortSignal },
        );
        arns.push(...(page.Streams ?? []).flatMap(({ StreamArn }) => StreamArn ?? []));
        ExclusiveStartStreamArn = page.LastEvaluatedStreamArn;
      } while (ExclusiveStartStreamArn !== undefined);
      return arns;
    },

    async describe(StreamArn, abortSignal) {
      const shards: Shard[] = [];
      let status: string | undefined;
      let ExclusiveStartShardId: string | undefined;
      try {
        do {
          const page: DescribeStreamCommandOutput = await client.send(
            new DescribeStreamCommand({ StreamArn, ExclusiveStartShardId }),
            { abortSignal },
          );
          for (const { ShardId: shardId, ParentShardId: parent } of page.StreamDescription?.Shards ?? []) {
            if (shardId !== undefined) shards.push({ shardId, ...(parent === undefined ? {} : { parent }) });
          }
          status = page.StreamDescription?.StreamStatus;
          ExclusiveStartShardId = page.StreamDescription?.LastEvaluatedShardId;
        } while (ExclusiveStartShardId !== undefined);
      } catch (error) {
        if (error instanceof ResourceNotFoundException) return undefined;
        throw error;
      }
      return { shards, isOpen: status !== 'DISABLED' };
    },

    iterator: (StreamArn, ShardId, after, abortSignal) =>
      iteratorAt(
        {
          StreamArn,
          ShardId,
          ...(after === undefined
            ? { ShardIteratorType: 'TRIM_HORIZON' }
            : { ShardIteratorType: 'AFTER_SEQUENCE_NUMBER', SequenceNumber: after }),
        },
        abortSignal,
      ),

    latest: (StreamArn, ShardId, abortSignal) =>
      iteratorAt({ StreamArn, ShardId, ShardIteratorType: 'LATEST' }, abortSignal),

    async read(ShardIterator, Limit, abortSignal) {
      const { Records: records = [], NextShardIterator: next } = await client.send(
        new GetRecordsCommand({ ShardIterator, Limit }),
        { abortSignal },
      );
      return { records, ...(next === undefined ? {} : { next }) };
    },

    close: () => client.destroy(),
  };
};
