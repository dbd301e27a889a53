import * as z from 'zod';
import {
  PARTITION_READ_UNITS_PER_SECOND,
  PARTITION_WRITE_UNITS_PER_SECOND,
} from '../../../../functions/migration/limits.ts';

const Ms = z.number().min(0);

/** Calls a second that an account may make of an operation. [API reference of each operation; Best practices for managing the control plane] */
const CALLS_PER_SECOND = {
  CreateBackup: 50,
  DeleteBackup: 10,
  DescribeBackup: 10,
  ListBackups: 5,
  DescribeContinuousBackups: 10,
  UpdateContinuousBackups: 10,
  TagResource: 5,
  UntagResource: 5,
  ListTagsOfResource: 10,
  DescribeTable: 2_500,
};

/** How DynamoDB on this machine takes its time and refuses as on AWS. */
export const DynamoDbSettings = z
  .strictObject({
    /** How long a new table is CREATING, in ms. AWS states no bound. [CreateTable] */
    tableCreateMs: Ms.default(8_000),
    /** How long a table is UPDATING, in ms. AWS states no bound. [UpdateTable] */
    tableUpdateMs: Ms.default(5_000),
    /** How long a table is DELETING, in ms. AWS states no bound. [DeleteTable] */
    tableDeleteMs: Ms.default(5_000),
    /** How long a new index is filled after its table was UPDATING, in ms: minutes at least. [Managing global secondary indexes] */
    indexBackfillMs: Ms.default(60_000),
    /** How long a new table has no backups yet, in ms. AWS states no bound; projects report seconds to a minute. [UpdateContinuousBackups] */
    backupsEnabledMs: Ms.default(15_000),
    /** How long recovery that was turned on still reads as off, in ms. AWS states no bound. [DescribeContinuousBackups] */
    recoveryVisibleMs: Ms.default(10_000),
    /** How long a backup is CREATING, in ms: "within seconds" to minutes. [Backing up a DynamoDB table] */
    backupMs: Ms.default(30_000),
    /** Tables of the account that may be CREATING, UPDATING or DELETING at one time. [LimitExceededException] */
    tablesAtOnce: z.number().int().positive().default(500),
    /** Tables with indexes that may be CREATING at one time: 250 on one page, and 1 on another. [LimitExceededException; CreateTable] */
    indexedTablesAtOnce: z.number().int().positive().default(250),
    /** Calls in each period by operation; operations that are not named are not limited. [API reference of each operation] */
    callsPerSecond: z.record(z.string(), z.number().positive()).default(CALLS_PER_SECOND),
    /** The period that `callsPerSecond` counts, in ms; the scale divides it like any delay. */
    callPeriodMs: z.number().positive().default(1_000),
    /** Write units a second of a partition, of tables and indexes alike. [Burst and adaptive capacity] */
    partitionWriteUnits: z.number().positive().default(PARTITION_WRITE_UNITS_PER_SECOND),
    /** Read units a second of a partition, of tables and indexes alike. [Burst and adaptive capacity] */
    partitionReadUnits: z.number().positive().default(PARTITION_READ_UNITS_PER_SECOND),
    /**
     * Seconds of unused units that a partition keeps. AWS retains up to 300, may spend them itself, and does not lift a
     * partition's maximum by them, so nothing should depend on more than one. [Burst and adaptive capacity]
     */
    burstSeconds: z.number().positive().default(1),
    /** How long a partition is throttled before it splits for heat, in ms. AWS states no bound. [Designing partition keys] */
    heatSplitMs: Ms.default(600_000),
    /** Bytes at which a partition splits for size. [Partitions and data distribution] */
    sizeSplitBytes: z
      .number()
      .positive()
      .default(10 * 1024 ** 3),
  })
  .prefault({});
export type DynamoDbSettings = z.output<typeof DynamoDbSettings>;
