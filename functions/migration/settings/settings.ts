import * as z from 'zod';
import {
  GLOBAL_SECONDARY_INDEXES,
  INDEX_NAME_CHARACTERS,
  PARTITION_READ_UNITS_PER_SECOND,
  PARTITION_WRITE_UNITS_PER_SECOND,
  SIGNATURE_LIFE_MS,
  STREAM_HORIZON_MS,
  TAG_KEY_CHARACTERS,
  TAG_VALUE_CHARACTERS,
  TAGS,
} from '../limits.ts';
import { type TableName, type TierName, tableName } from '../names.ts';
import { ACCEPTABLE_FINDINGS } from './acceptable-findings.ts';
import { holdSchema } from './hold.ts';
import { PRICES } from './prices.ts';
import { settingsProblems } from './settings-problems.ts';
import { indexTexts, partitionForms } from './tenant-partitions.ts';

const keyAttribute = z.strictObject({ name: z.string().min(1), type: z.enum(['S', 'N', 'B']) });

const index = z.strictObject({
  name: z
    .string()
    .regex(
      new RegExp(`^[a-zA-Z0-9_.-]{3,${INDEX_NAME_CHARACTERS}}$`),
      'an index name is 3 to 255 letters, digits, dots, hyphens or underscores',
    ),
  partitionKey: keyAttribute,
  sortKey: keyAttribute.optional(),
  projection: z.enum(['ALL', 'KEYS_ONLY']).default('ALL'),
});

const tier = z.strictObject({
  name: z.string().regex(/^[a-z][a-z0-9-]*$/, 'a tier name has lower case letters, digits and hyphens only'),
  /** Default placement of a tenant of this tier. */
  placement: z.enum(['shared', 'dedicated']),
  /** True if a dedicated table may be requested for a tenant. */
  dedicatedOnRequest: z.boolean().default(false),
  /** Maximum number of schools per tenant; absent for no limit. */
  maxSchools: z.number().int().positive().optional(),
  /** Maximum number of tenants per shared table. */
  maxTenants: z.number().int().positive(),
});

const template = z.union([z.string(), z.array(z.string()).min(1)]);

/** Reports the error of a parser of templates as an issue of the schema. */
const isRefused =
  (parse: (template: string | readonly string[]) => unknown) =>
  (
    given: { readonly template: string | readonly string[] },
    ctx: { addIssue(issue: { code: 'custom'; path: string[]; message: string }): void },
  ): void => {
    try {
      parse(given.template);
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
      ctx.addIssue({ code: 'custom', path: ['template'], message: error.message });
    }
  };

/**
 * The keys of every tier table: the option `keys` of the routed client. `template` is the form of the partition key's
 * values, e.g. `TENANT#{tenant}`; a tenant of several partitions has a range (`TENANT#{tenant}#{0..15}`), or several
 * templates.
 */
const tierKeys = z
  .strictObject({
    partitionKey: z.string().min(1),
    sortKey: z.string().min(1),
    template,
    /** Indexes whose partition key names a tenant in another way than the table's. */
    indexes: z
      .record(
        z.string(),
        z.strictObject({ partitionKey: z.string().min(1), template }).superRefine(isRefused(indexTexts)),
      )
      .optional(),
  })
  .superRefine(isRefused(partitionForms));

/** Design of every tier table, against which target tables are checked. */
const tableDesign = z.strictObject({
  /** Keys of every tier table; absent for `tenantId`, whose value is the tenant's id, and `entityKey`. */
  keys: tierKeys.optional(),
  /** Attribute with an item's entity type, by which a plan counts items. Default: `entityType`. */
  typeAttribute: z.string().min(1).optional(),
  indexes: z.array(index).max(GLOBAL_SECONDARY_INDEXES),
  /** Attribute with the item's expiry in seconds since 1970; absent if no item expires. */
  ttlAttribute: z.string().optional(),
  streamView: z.enum(['KEYS_ONLY', 'NEW_IMAGE', 'OLD_IMAGE', 'NEW_AND_OLD_IMAGES']),
  pointInTimeRecovery: z.boolean(),
  deletionProtection: z.boolean(),
  /** KMS key for encryption at rest; absent for the key that DynamoDB owns. */
  kmsKeyArn: z.string().optional(),
  /** Tags of every table that is created, e.g. for billing. */
  tags: z
    .record(
      z
        .string()
        .min(1)
        .max(TAG_KEY_CHARACTERS)
        .regex(/^(?!aws:)/i, 'a tag must not begin with aws:'),
      z.string().max(TAG_VALUE_CHARACTERS),
    )
    .refine((tags) => Object.keys(tags).length <= TAGS, `a table has at most ${TAGS} tags`)
    .default({}),
});

export type Tier = z.infer<typeof tier> & { name: TierName };
export type KeyAttribute = Readonly<z.infer<typeof keyAttribute>>;
/** The keys of a table or of an index. */
export interface Keys {
  readonly partitionKey: KeyAttribute;
  readonly sortKey?: KeyAttribute | undefined;
}
/** The keys of every tier table, as the settings name them. */
export type TierKeys = Readonly<z.infer<typeof tierKeys>>;
export type TableDesign = z.infer<typeof tableDesign>;
/** A global index of every tier table. */
export type TableIndex = TableDesign['indexes'][number];

export const keyAttributes = ({ partitionKey, sortKey }: Keys): KeyAttribute[] => [
  partitionKey,
  ...(sortKey ? [sortKey] : []),
];

const attribute = (name: string) => ({ name, type: 'S' as const });

/** The keys of every tier table unless the settings say otherwise. */
export const TIER_TABLE_KEYS = { partitionKey: attribute('tenantId'), sortKey: attribute('entityKey') };

/** Returns the keys of every tier table. */
export const tierTableKeys = ({ keys }: Pick<TableDesign, 'keys'>): Required<Keys> =>
  keys ? { partitionKey: attribute(keys.partitionKey), sortKey: attribute(keys.sortKey) } : TIER_TABLE_KEYS;

const defaultTiers: z.input<typeof tier>[] = [
  { name: 'basic', placement: 'shared', maxSchools: 10, maxTenants: 100 },
  { name: 'advanced', placement: 'shared', maxSchools: 50, maxTenants: 50 },
  { name: 'premium', placement: 'shared', dedicatedOnRequest: true, maxSchools: 100, maxTenants: 20 },
  { name: 'enterprise', placement: 'dedicated', maxTenants: 1 },
];

const defaultDesign: z.input<typeof tableDesign> = {
  indexes: [
    { name: 'by-entity-type', partitionKey: attribute('tenantEntityType'), sortKey: attribute('entityKey') },
    { name: 'by-school', partitionKey: attribute('tenantSchool'), sortKey: attribute('updatedAt') },
    { name: 'by-person', partitionKey: attribute('tenantPerson'), sortKey: attribute('entityKey') },
  ],
  ttlAttribute: 'expiresAt',
  streamView: 'NEW_AND_OLD_IMAGES',
  pointInTimeRecovery: true,
  deletionProtection: false,
};

/**
 * The schema of all settings, with their defaults. An unknown name is an error, so that a typo does not become a
 * default.
 */
export const settingsSchema = z.strictObject({
  /** First part of every table's name. */
  prefix: z
    .string()
    .regex(/^[a-zA-Z0-9_-]{1,64}$/, 'a prefix is 1 to 64 letters, digits, hyphens or underscores')
    .default('saas'),
  /** Tiers from the lowest to the highest. */
  tiers: z
    .array(tier)
    .min(1)
    .default(() => z.array(tier).parse(defaultTiers)),
  /**
   * Characters of tenants' ids. `table-name`: letters, digits, hyphens and underscores, so that the name of a dedicated
   * table contains the id. `session-tag`: also spaces and `. : / = + @`, which the name of a dedicated table encodes.
   * Default: `table-name`.
   */
  tenantIds: z.enum(['table-name', 'session-tag']).optional(),
  /** The items of a tenant that are counted for the tiers' limits. Default: schools. */
  counted: z
    .strictObject({
      /** Beginning of their sort keys, with its separator. Items whose keys go on behind another separator do not count. */
      prefix: z.string().regex(/^.*[^\p{L}\p{N}]$/su, 'a prefix ends with its separator, such as #'),
      /** Name of one of them, for messages. */
      label: z.string().min(1),
      /** Name of several of them. Default: `label` and an s. */
      labels: z.string().min(1).optional(),
      /** Their entity type. Default: the prefix without its separator. */
      entityType: z.string().min(1).optional(),
    })
    .optional(),
  tableDesign: tableDesign.default(() => tableDesign.parse(defaultDesign)),
  /** Maximum number of items per Query page. Together with the service's 1 MB it determines the size of a segment. */
  pageItems: z.number().int().min(1).default(2_000),
  /**
   * Number of segments after which segments get one page larger. So the list of segment numbers in the workflow's state
   * grows with the square root of the tenant's size: 5 million items make 1,000 segments.
   */
  segmentsPerStep: z.number().int().min(1).max(1_000).default(250),
  /** Batches in flight per segment. The number of segments in flight is the state machine's MaxConcurrency. */
  batchesInFlight: z.number().int().min(1).default(2),
  /**
   * Read units per second that all workers of a migration together use of the tenant's partition in each table, unless
   * an operator sets another limit. The rest is for the tenant's own reads.
   */
  readUnitsPerSecond: z
    .number()
    .min(1)
    .default(PARTITION_READ_UNITS_PER_SECOND / 2),
  /** Time for which one invocation works before it returns its cursor, in ms. */
  sliceMs: z.number().int().min(100).default(60_000),
  /** Time for which a worker may write after its last renewal of its claim, in ms. */
  claimMs: z.number().int().min(100).default(10_000),
  /**
   * Time for which a write that was given up may still take effect, in ms; no flip happens before. DynamoDB rejects a
   * request once its signature has expired, and a minute allows for differing clocks. For an unsigned engine it must
   * cover the engine's own delay only.
   */
  lateCallMs: z
    .number()
    .int()
    .min(0)
    .default(SIGNATURE_LIFE_MS + 60_000),
  /** Time for which a router may use a route after requesting it, in ms. Without a lease no write could be safe. */
  leaseMs: z.number().int().min(1).default(30_000),
  /** The lease near a cutover, in ms. The fence waits for it before anything is compared. */
  cutoverLeaseMs: z.number().int().min(1).default(1_000),
  /** Time that the fence waits beyond the lease, for calls in flight when it ended, in ms. */
  leaseGraceMs: z.number().int().min(0).default(200),
  /** Maximum duration of a fence, in ms. */
  maxFenceMs: z.number().int().min(1).default(10_000),
  /**
   * Maximum duration of the previous full comparison, in ms of one worker, with which both sides are compared in full
   * under the fence. If it took longer, only the changed keys are compared under the fence, and everything is compared
   * with the kept source after the flip.
   */
  fencedComparisonMs: z.number().int().min(0).default(200),
  /**
   * Maximum number of keys touched since the last comparison of all keys that are compared under the fence. If there
   * are more, all keys are compared again while the application writes. A consistent read of a key takes one unit per 4
   * KB on either side, and a partition gives 3,000 units per second.
   */
  fencedKeys: z.number().int().min(0).default(2_000),
  /** Maximum time that a proof of capture before a fence may take, in ms. If it takes longer, no fence begins. */
  maxProofMs: z.number().int().min(1).default(5_000),
  /**
   * Maximum time between two proofs of capture, in ms. If it is longer, the journal counts as incomplete, because a
   * stream drops a change after 24 hours.
   */
  maxProofGapMs: z
    .number()
    .int()
    .min(1)
    .max(STREAM_HORIZON_MS / 2)
    .default(STREAM_HORIZON_MS / 2),
  /** Maximum number of journal entries left when the fence begins, which has to apply them. */
  cutoverBacklog: z.number().int().min(0).default(200),
  /**
   * Time for which more entries may be left, without decreasing, before applying is reported as not converging, in ms.
   */
  convergenceMs: z.number().int().min(0).default(60_000),
  /** Maximum time of a change through the stream to the journal, in ms. After it the change counts as lost. */
  captureMs: z.number().int().min(1).default(60_000),
  /** The check of the target's indexes before the fence. It only warns and never fails a migration. */
  indexCheck: z
    .strictObject({
      /** Maximum number of items of a tenant whose indexes are counted; 0 to count none. */
      maxItems: z.number().int().min(0).default(10_000),
      /** Number of partition key values counted per index, with one to three queries each. */
      valuesPerIndex: z.number().int().min(1).default(20),
      /** Maximum time to wait for an index to show a new item, and again to lose it, in ms. */
      maxLagMs: z
        .number()
        .int()
        .min(0)
        .default(5 * 60_000),
    })
    .prefault({}),
  /** Default time for which the source is kept after the flip, in ms. */
  holdMs: holdSchema.default(24 * 60 * 60_000),
  /** Maximum number of migrations that run at once, until they have flipped. */
  admission: z
    .strictObject({
      total: z.number().int().min(1).default(10),
      /** Maximum number from one table. */
      perSource: z.number().int().min(1).default(4),
      /** Maximum number into the shared tables of one tier. */
      perTarget: z.number().int().min(1).default(4),
      /** Multiple of the tier's school limit at which a tenant takes precedence in the queue. */
      urgentShare: z.number().min(1).default(1.5),
    })
    .prefault({}),
  /**
   * Time for which Lambda collects records before it calls capture, in s, for tables that no migration uses. Fewer
   * calls cost less. Absent: the window of each mapping stays as it is. [Lambda, MaximumBatchingWindowInSeconds: 300 at
   * most]
   */
  captureWindowSeconds: z.number().int().min(0).max(300).optional(),
  /**
   * Codes of blockers that are only warnings in this deployment, since what depends on the source table has been taken
   * care of or is not needed.
   */
  acceptedFindings: z.array(z.enum(ACCEPTABLE_FINDINGS)).default([]),
  /** Time between two automatic sweeps, in ms. */
  sweepEveryMs: z
    .number()
    .int()
    .min(1)
    .default(60 * 60_000),
  /** Maximum time for provisioning a table, in ms. */
  maxProvisionMs: z
    .number()
    .int()
    .min(1)
    .default(30 * 60_000),
  /** Throughput of one tenant's partition that the estimate assumes, in capacity units per second. */
  throughput: z
    .strictObject({ readUnitsPerSecond: z.number().positive(), writeUnitsPerSecond: z.number().positive() })
    .default({
      readUnitsPerSecond: PARTITION_READ_UNITS_PER_SECOND,
      writeUnitsPerSecond: PARTITION_WRITE_UNITS_PER_SECOND,
    }),
  /** Prices that the estimate assumes, in USD. */
  prices: z
    .strictObject({
      asOf: z.string(),
      perMillionWriteUnits: z.number().min(0),
      perMillionReadUnits: z.number().min(0),
      perThousandStateTransitions: z.number().min(0),
      perMillionLambdaRequests: z.number().min(0),
      perLambdaGbSecond: z.number().min(0),
    })
    .default(PRICES),
});

/** Input of the settings. Every field that is left out has a default. */
export type SettingsInput = z.input<typeof settingsSchema>;

/** The settings of a deployment. Every number may be changed. */
export type Settings = Omit<z.infer<typeof settingsSchema>, 'tiers'> & { tiers: Tier[] };

/**
 * Parses settings from outside, e.g. the JSON in `TIERFERRY_SETTINGS`.
 * @throws z.ZodError with every field that is wrong.
 */
export const parseSettings = (input: unknown): Settings =>
  settingsSchema.superRefine(addSettingsProblems).parse(input) as Settings;

/** Adds the problems of inconsistent fields to the issues of a schema that extends the settings. */
export const addSettingsProblems = (
  settings: z.infer<typeof settingsSchema>,
  ctx: { addIssue(issue: { code: 'custom'; path: (string | number)[]; message: string }): void },
): void => {
  for (const { path, message } of settingsProblems(settings, tierTableKeys(settings.tableDesign)))
    ctx.addIssue({ code: 'custom', path, message });
};

export const controlTables = ({ prefix }: Pick<Settings, 'prefix'>) => ({
  registry: tableName(`${prefix}-tenant-registry`),
  routes: tableName(`${prefix}-tenant-routes`),
  migrations: tableName(`${prefix}-tier-migrations`),
  journal: tableName(`${prefix}-migration-journal`),
});

export const tierOf = (settings: Settings, name: string): Tier | undefined =>
  settings.tiers.find((tier) => tier.name === name);

/** Returns the name of a tier's n-th shared table: `saas-tenant-data-basic`, then `saas-tenant-data-basic.2`. */
export const sharedTableName = (settings: Settings, tier: TierName, n: number): TableName =>
  tableName(`${settings.prefix}-tenant-data-${tier}${n > 1 ? `.${n}` : ''}`);

const NOT_IN_NAMES = /[^a-zA-Z0-9_-]/gu;

/**
 * Returns the id as part of a table's name. Each byte of a character that is no letter, digit, hyphen or underscore becomes
 * `.x` and two hexadecimal digits. So two ids never have the same name, and no name ends like that of an n-th table.
 */
const encodedId = (tenantId: string): string =>
  tenantId.replaceAll(NOT_IN_NAMES, (character) =>
    Array.from(Buffer.from(character), (byte) => `.x${byte.toString(16).padStart(2, '0')}`).join(''),
  );

/**
 * Returns the name of a tenant's n-th dedicated table: `saas-tenant-data-enterprise-abc`, then
 * `saas-tenant-data-enterprise-abc.2`.
 */
export const dedicatedTableName = (settings: Settings, tier: TierName, tenantId: string, n = 1): TableName =>
  tableName(`${settings.prefix}-tenant-data-${tier}-${encodedId(tenantId)}${n > 1 ? `.${n}` : ''}`);
