import type { TableName } from '../names.ts';
import type { Keys, TableDesign } from '../settings/settings.ts';

/** Capacity units per second. */
export interface Throughput {
  readonly read: number;
  readonly write: number;
}

/** Properties of a table that no design names. A field is absent if the table does not have the property. */
export interface TableTraits {
  /** Names of vector indexes. */
  readonly vectorIndexes?: readonly string[];
  /** Regions of a global table's replicas. */
  readonly replicas?: readonly string[];
  /** Present for a global table of version 2017.11.29. */
  readonly isLegacyGlobalTable?: true;
  /** Absent for `STANDARD`. */
  readonly tableClass?: string;
  /** Provisioned capacity; absent if the table is on demand. */
  readonly provisioned?: Throughput;
  /** Provisioned capacity of its global indexes, each with its name. */
  readonly provisionedIndexes?: readonly (Throughput & { readonly name: string })[];
  /** Maximum throughput of an on-demand table. */
  readonly mostOnDemand?: Partial<Throughput>;
  /** Warm throughput. */
  readonly warm?: Throughput;
}

/** Capacity of a table: provisioned, or on demand with a maximum if one is set. */
export type TableCapacity = Pick<TableTraits, 'provisioned' | 'mostOnDemand'>;

/** Returns the traits that are the table's capacity. */
export const capacityOf = ({ provisioned, mostOnDemand }: TableTraits): TableCapacity => ({
  provisioned,
  mostOnDemand,
});

/** Capacity of a table, or of one of its global indexes, that Application Auto Scaling controls. */
export interface ScaledCapacity {
  /** Absent for the table itself. */
  readonly index?: string;
  readonly dimension: 'read' | 'write';
  /** Bounds of the capacity, in units per second. */
  readonly least: number;
  readonly most: number;
  /** False if only scheduled actions may change it. */
  readonly hasPolicy: boolean;
}

/** Integrations of a table that DynamoDB reports. An engine without such a feature reports none. */
export interface TableIntegrations {
  /** ARNs of the Kinesis streams that receive its changes. */
  readonly kinesisStreams: readonly string[];
  /**
   * Services that the table's resource-based policy admits, e.g. `redshift.amazonaws.com`; absent if it has no policy.
   */
  readonly policy?: { readonly services: readonly string[] };
  /** Absent if there is none. */
  readonly autoScaling?: readonly ScaledCapacity[];
}

/**
 * The parts of DescribeTable, DescribeTimeToLive and DescribeContinuousBackups that the design covers. Partial while a
 * table is being deleted. TTL and recovery are only known for a table that is ACTIVE or UPDATING.
 */
export interface TableDescription extends Partial<Keys>, TableTraits {
  readonly status: 'CREATING' | 'ACTIVE' | 'UPDATING' | 'DELETING' | 'OTHER';
  readonly indexes: readonly (Partial<Keys> & {
    readonly name: string;
    readonly projection: string;
    readonly active: boolean;
  })[];
  readonly hasLocalIndexes: boolean;
  readonly streamView?: string;
  readonly ttlAttribute?: string;
  readonly kmsKeyArn?: string;
  /**
   * `enabling` after it was turned on and before that is visible. `unknown` if the engine does not have the feature
   * (DynamoDB Local), or if the table's status does not allow the request.
   */
  readonly pointInTimeRecovery: boolean | 'enabling' | 'unknown';
  readonly deletionProtection: boolean;
}

/** State of a backup. `gone`: it was deleted, or never existed. */
export type BackupState = 'creating' | 'available' | 'gone';

export interface TableAdmin {
  /** @returns undefined if the table does not exist. */
  describe(table: TableName): Promise<TableDescription | undefined>;
  /** Reads the capacity by one request, a DescribeTable. @returns undefined if the table does not exist. */
  capacity(table: TableName): Promise<TableCapacity | undefined>;
  /** @returns undefined if the table does not exist. */
  integrations(table: TableName): Promise<TableIntegrations | undefined>;
  /** Starts creating a table. An existing table is not an error. @throws TableLimitExceeded */
  create(table: TableName, design: TableDesign): Promise<void>;
  /**
   * Turns on what CreateTable cannot: TTL and recovery. Safe to repeat; needs an ACTIVE table.
   * @returns false if DynamoDB does not accept it yet, since recovery of a new table becomes available late: call
   * again.
   * @throws TableNotFound, TableInUse, TableLimitExceeded
   */
  configure(table: TableName, design: TableDesign): Promise<boolean>;
  /**
   * Starts a backup, unless one with this name exists or is being made.
   * @returns its ARN; undefined if the engine has no backups (DynamoDB Local).
   * @throws TableNotFound, TableInUse, TableLimitExceeded
   */
  backUp(table: TableName, name: string): Promise<string | undefined>;
  /** Returns the state of a backup. @param arn the ARN that `backUp` returned. */
  backup(arn: string): Promise<BackupState>;
  /** Starts deleting a table. A missing table is not an error. @throws TableInUse, TableLimitExceeded */
  delete(table: TableName): Promise<void>;
  /** True if the table holds no item of any tenant. Sentinels do not count. */
  isEmpty(table: TableName): Promise<boolean>;
}
