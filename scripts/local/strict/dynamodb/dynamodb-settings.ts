import * as z from 'zod';
import {
  PARTITION_READ_UNITS_PER_SECOND,
  PARTITION_WRITE_UNITS_PER_SECOND,
} from '../../../../functions/migration/limits.ts';

const Ms = z.number().min(0);

/**
 * Maximum number of calls per second of an account, by operation. [API reference of each operation; Best practices for
 * managing the control plane]
 */
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

/** Settings of the delays and limits of DynamoDB in strict mode. */
export const DynamoDbSettings = z
  .strictObject({
    /** Time for which a new table is CREATING, in ms. AWS states no bound. [CreateTable] */
    tableCreateMs: Ms.default(8_000),
    /** Time for which a table is UPDATING, in ms. AWS states no bound. [UpdateTable] */
    tableUpdateMs: Ms.default(5_000),
    /** Time for which a table is DELETING, in ms. AWS states no bound. [DeleteTable] */
    tableDeleteMs: Ms.default(5_000),
    /**
     * Time for which a new index is filled after its table was UPDATING, in ms. On AWS it is minutes at least. [Managing
     * global secondary indexes]
     */
    indexBackfillMs: Ms.default(60_000),
    /**
     * Time for which a new table has no backups yet, in ms. AWS states no bound; projects report seconds to a minute.
     * [UpdateContinuousBackups]
     */
    backupsEnabledMs: Ms.default(15_000),
    /**
     * Time for which recovery that was turned on is still shown as off, in ms. AWS states no bound.
     * [DescribeContinuousBackups]
     */
    recoveryVisibleMs: Ms.default(10_000),
    /** Time for which a backup is CREATING, in ms: "within seconds" to minutes. [Backing up a DynamoDB table] */
    backupMs: Ms.default(30_000),
    /** Maximum number of tables that may be CREATING, UPDATING or DELETING at one time. [LimitExceededException] */
    tablesAtOnce: z.number().int().positive().default(500),
    /**
     * Maximum number of tables with indexes that may be CREATING at one time: 250 on one page, 1 on another.
     * [LimitExceededException; CreateTable]
     */
    indexedTablesAtOnce: z.number().int().positive().default(250),
    /**
     * Maximum number of calls in each period, by operation; operations that are not named are not limited. [API reference
     * of each operation]
     */
    callsPerSecond: z.record(z.string(), z.number().positive()).default(CALLS_PER_SECOND),
    /** Length of the period of `callsPerSecond`, in ms; `scale` divides it like any delay. */
    callPeriodMs: z.number().positive().default(1_000),
    /** Write units per second of a partition, of tables and indexes alike. [Burst and adaptive capacity] */
    partitionWriteUnits: z.number().positive().default(PARTITION_WRITE_UNITS_PER_SECOND),
    /** Read units per second of a partition, of tables and indexes alike. [Burst and adaptive capacity] */
    partitionReadUnits: z.number().positive().default(PARTITION_READ_UNITS_PER_SECOND),
    /**
     * Seconds of unused units that a partition keeps. AWS retains up to 300 s, but may use them itself and does not raise a
     * partition's maximum by them, so nothing should depend on more than 1 s. [Burst and adaptive capacity]
     */
    burstSeconds: z.number().positive().default(1),
    /**
     * Time for which a partition is throttled before it splits for heat, in ms. AWS states no bound. [Designing partition
     * keys]
     */
    heatSplitMs: Ms.default(600_000),
    /** Bytes at which a partition splits for size. [Partitions and data distribution] */
    sizeSplitBytes: z
      .number()
      .positive()
      .default(10 * 1024 ** 3),
  })
  .prefault({});
export type DynamoDbSettings = z.output<typeof DynamoDbSettings>;
