/**
 * The part of a stream record that the consumers' functions read. Records of DynamoDB Streams as Lambda delivers them, and
 * those of Kinesis Data Streams for DynamoDB, have this form.
 */
export interface StreamRecord {
  /** ARN of the table's stream, in a record of DynamoDB Streams. GetRecords does not add it; Lambda does. */
  readonly eventSourceARN?: string | undefined;
  /** Name of the table, in a record of Kinesis Data Streams. */
  readonly tableName?: string | undefined;
  readonly dynamodb?:
    | {
        readonly Keys?: Readonly<Record<string, unknown>> | undefined;
        /** In s in DynamoDB Streams, in ms or microseconds in Kinesis Data Streams. */
        readonly ApproximateCreationDateTime?: number | string | Date | undefined;
      }
    | undefined;
}

/** A time known to be within these bounds, in ms since 1970. */
export interface TimeSpan {
  readonly from: number;
  readonly to: number;
}

/** Returns the name of the record's table. @throws TypeError if the record does not name one */
export const tableOf = ({ eventSourceARN, tableName }: StreamRecord): string => {
  const table = tableName ?? /:table\/([^/]+)\//.exec(eventSourceARN ?? '')?.[1];
  if (table) return table;
  throw new TypeError(
    'the stream record names no table: it needs eventSourceARN, the ARN of the stream, or tableName. It was not processed. Pass the record as Lambda or Kinesis delivers it.',
  );
};

/** Numbers below are in s, or in ms: both are in the year 5138. */
const MOST = { seconds: 1e11, ms: 1e14 } as const;

/** The region in the ARNs of DynamoDB Local. */
const LOCAL_REGION = ':ddblocal:';
/**
 * Time by which a time in s may be rounded down, in ms: to the second [DynamoDB Streams API reference, StreamRecord], by
 * DynamoDB Local to the minute.
 */
const ROUNDED_MS = { service: 1_000, local: 60_000 } as const;

/** Returns when the record was created. A record without a time may be of any. */
export const creationOf = ({ eventSourceARN, dynamodb }: StreamRecord): TimeSpan => {
  const given = dynamodb?.ApproximateCreationDateTime;
  const time = given instanceof Date ? given.getTime() / 1_000 : Number(given ?? Number.NaN);
  if (!Number.isFinite(time)) return { from: Number.NEGATIVE_INFINITY, to: Number.POSITIVE_INFINITY };
  if (time < MOST.seconds) {
    const rounded = eventSourceARN?.includes(LOCAL_REGION) ? ROUNDED_MS.local : ROUNDED_MS.service;
    const from = Math.floor(time) * 1_000;
    return { from, to: from + rounded };
  }
  const ms = time < MOST.ms ? time : time / 1_000;
  return { from: ms, to: ms };
};
