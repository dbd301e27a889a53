import * as z from 'zod';
import { holdSchema } from './hold.ts';
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
} from './limits.ts';
import { type TableName, type TierName, tableName } from './names.ts';
import { ACCEPTABLE_FINDINGS } from './plan/acceptable-findings.ts';
import { PRICES } from './plan/prices.ts';
import { settingsProblems } from './settings-problems.ts';

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
  name: z.string().regex(/^[a-z][a-z0-9-]*$/, 'a tier name is lower case letters, digits and hyphens'),
  /** Where a tenant of this tier lives when nobody asks for anything else. */
  placement: z.enum(['shared', 'dedicated']),
  /** Whether a tenant may ask for a table of its own. */
  dedicatedOnRequest: z.boolean().default(false),
  /** Schools per tenant, at most; absent for no limit. */
  maxSchools: z.number().int().positive().optional(),
  /** Tenants per shared table, at most. */
  maxTenants: z.number().int().positive(),
});

/** What every tier table looks like, and what a target table is checked against. */
const tableDesign = z.strictObject({
  indexes: z.array(index).max(GLOBAL_SECONDARY_INDEXES),
  /** Attribute with the item's expiry in seconds since 1970; absent where nothing expires. */
  ttlAttribute: z.string().optional(),
  streamView: z.enum(['KEYS_ONLY', 'NEW_IMAGE', 'OLD_IMAGE', 'NEW_AND_OLD_IMAGES']),
  pointInTimeRecovery: z.boolean(),
  deletionProtection: z.boolean(),
  /** KMS key for encryption at rest; absent for the key that DynamoDB owns. */
  kmsKeyArn: z.string().optional(),
  /** Of every table that is created, e.g. for the bill. */
  tags: z
    .record(
      z
        .string()
        .min(1)
        .max(TAG_KEY_CHARACTERS)
        .regex(/^(?!aws:)/i, 'a tag of yours does not begin with aws:'),
      z.string().max(TAG_VALUE_CHARACTERS),
    )
    .refine((tags) => Object.keys(tags).length <= TAGS, `a table has ${TAGS} tags at most`)
    .default({}),
});

export type Tier = z.infer<typeof tier> & { name: TierName };
export type KeyAttribute = Readonly<z.infer<typeof keyAttribute>>;
/** Of a table, or of an index. */
export interface Keys {
  readonly partitionKey: KeyAttribute;
  readonly sortKey?: KeyAttribute | undefined;
}
export type TableDesign = z.infer<typeof tableDesign>;
/** A global index of every tier table. */
export type TableIndex = TableDesign['indexes'][number];

export const keyAttributes = ({ partitionKey, sortKey }: Keys): KeyAttribute[] => [
  partitionKey,
  ...(sortKey ? [sortKey] : []),
];

const attribute = (name: string) => ({ name, type: 'S' as const });

/** Of every tier table: not for the catalogue to choose. */
export const TIER_TABLE_KEYS = { partitionKey: attribute('tenantId'), sortKey: attribute('entityKey') };

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

/** What every field means, and its default. A name that is not known is an error: a typo must not be a default. */
export const settingsSchema = z.strictObject({
  /** First word of every table's name. */
  prefix: z
    .string()
    .regex(/^[a-zA-Z0-9_-]{1,64}$/, 'a prefix is 1 to 64 letters, digits, hyphens or underscores')
    .default('saas'),
  /** Tiers from the lowest to the highest. */
  tiers: z
    .array(tier)
    .min(1)
    .default(() => z.array(tier).parse(defaultTiers)),
  tableDesign: tableDesign.default(() => tableDesign.parse(defaultDesign)),
  /** Items a Query page reads at most; with the 1 MB of the service this sets the size of a segment. */
  pageItems: z.number().int().min(1).default(2_000),
  /**
   * After every so many segments a segment holds one page more, so that the list of numbers in the workflow's state
   * grows with the square root of the tenant's size: 5 million items make 1,000 segments.
   */
  segmentsPerStep: z.number().int().min(1).max(1_000).default(250),
  /** Batches in flight for one segment. The segments in flight are the state machine's MaxConcurrency. */
  batchesInFlight: z.number().int().min(1).default(2),
  /**
   * Read units a second that a migration uses of one tenant's partition in each table, over all its workers, unless an
   * operator says otherwise. The rest is for the tenant's own reads.
   */
  readUnitsPerSecond: z
    .number()
    .min(1)
    .default(PARTITION_READ_UNITS_PER_SECOND / 2),
  /** How long one invocation works before it returns its cursor, in ms. */
  sliceMs: z.number().int().min(100).default(60_000),
  /** How long a worker may write to a segment after its last sign of life, in ms. */
  claimMs: z.number().int().min(100).default(10_000),
  /**
   * How long after it was given up a write of ours may still take effect, in ms: no flip comes sooner. Past the life of its
   * signature DynamoDB refuses a request; a minute covers clocks that differ. An unsigned engine only has to be out of work.
   */
  lateCallMs: z
    .number()
    .int()
    .min(0)
    .default(SIGNATURE_LIFE_MS + 60_000),
  /** How long a router may use a route after it asked for it, in ms. Without a lease no write could be safe. */
  leaseMs: z.number().int().min(1).default(30_000),
  /** The same near the cutover: the fence waits it out before anything is compared. */
  cutoverLeaseMs: z.number().int().min(1).default(1_000),
  /** What the fence waits beyond the lease for calls that were on their way when it ended, in ms. */
  leaseGraceMs: z.number().int().min(0).default(200),
  /** How long writes of the tenant may be fenced, in ms. */
  maxFenceMs: z.number().int().min(1).default(10_000),
  /**
   * A full comparison of both sides is made under the fence where the one before took no longer, in ms of one worker.
   * Else the keys that changed are compared under the fence, and everything after the flip, with the kept source.
   */
  fencedComparisonMs: z.number().int().min(0).default(200),
  /**
   * Keys that may be compared under the fence because they were touched since the last comparison of all keys. More of them
   * are compared again while the tenant is written. A consistent read of a key takes one unit of each 4 KB on either side, of
   * which a partition gives 3,000 a second.
   */
  fencedKeys: z.number().int().min(0).default(2_000),
  /** How long a proof of capture may take before a fence, in ms: if it takes longer, no fence begins. */
  maxProofMs: z.number().int().min(1).default(5_000),
  /**
   * How far apart two proofs of capture may be, in ms, before the journal counts as not whole: a stream forgets a change
   * after 24 hours.
   */
  maxProofGapMs: z
    .number()
    .int()
    .min(1)
    .max(STREAM_HORIZON_MS / 2)
    .default(STREAM_HORIZON_MS / 2),
  /** Journalled keys that may be left when the fence comes: what it has to apply. */
  cutoverBacklog: z.number().int().min(0).default(200),
  /** How long more may be left without getting less before it is said that applying does not converge, in ms. */
  convergenceMs: z.number().int().min(0).default(60_000),
  /** How long a change may take through the stream to the journal before it is taken for lost, in ms. */
  captureMs: z.number().int().min(1).default(60_000),
  /** The check of the target's indexes before the fence. It warns; it never fails a migration. */
  indexCheck: z
    .strictObject({
      /** Items of the largest tenant whose indexes are counted; 0 to count none. */
      maxItems: z.number().int().min(0).default(10_000),
      /** Partition key values counted in each index; one to three queries for each. */
      valuesPerIndex: z.number().int().min(1).default(20),
      /** How long an index is waited for to show a new item, and again to lose it, in ms. */
      maxLagMs: z
        .number()
        .int()
        .min(0)
        .default(5 * 60_000),
    })
    .prefault({}),
  /** How long the source is kept after the flip where nobody says otherwise, in ms. */
  holdMs: holdSchema.default(24 * 60 * 60_000),
  /** Migrations that may be on their way at once, until they have flipped. */
  admission: z
    .strictObject({
      total: z.number().int().min(1).default(10),
      /** From one table. */
      perSource: z.number().int().min(1).default(4),
      /** Into the shared tables of one tier. */
      perTarget: z.number().int().min(1).default(4),
      /** A tenant with so many times the schools that its tier holds goes before others. */
      urgentShare: z.number().min(1).default(1.5),
    })
    .prefault({}),
  /**
   * Blockers of a plan that are only warnings in this deployment, by code: what depends on the source table has been seen
   * to, or is not needed.
   */
  /**
   * For how long Lambda collects records before it calls capture, in s, for tables that no migration uses: fewer calls, which
   * cost less. Absent: the window of each mapping stays as it is. [Lambda, MaximumBatchingWindowInSeconds: 300 at most]
   */
  captureWindowSeconds: z.number().int().min(0).max(300).optional(),
  acceptedFindings: z.array(z.enum(ACCEPTABLE_FINDINGS)).default([]),
  /** How long after a sweep by itself the next one begins, in ms. */
  sweepEveryMs: z
    .number()
    .int()
    .min(1)
    .default(60 * 60_000),
  /** How long the provisioning of a table may take, in ms. */
  maxProvisionMs: z
    .number()
    .int()
    .min(1)
    .default(30 * 60_000),
  /** What the estimator takes for the throughput of one tenant's partition, in capacity units a second. */
  throughput: z
    .strictObject({ readUnitsPerSecond: z.number().positive(), writeUnitsPerSecond: z.number().positive() })
    .default({
      readUnitsPerSecond: PARTITION_READ_UNITS_PER_SECOND,
      writeUnitsPerSecond: PARTITION_WRITE_UNITS_PER_SECOND,
    }),
  /** What the estimator takes for prices, in USD. */
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

/** What may be said of a deployment; what is not said has its default. */
export type SettingsInput = z.input<typeof settingsSchema>;

/** One deployment's settings. Every field has a default; a deployment may change every number. */
export type Settings = Omit<z.infer<typeof settingsSchema>, 'tiers'> & { tiers: Tier[] };

/**
 * Parses settings from the outside, e.g. the JSON in `TIERFERRY_SETTINGS`.
 * @throws z.ZodError with every field that is wrong.
 */
export const parseSettings = (input: unknown): Settings =>
  settingsSchema.superRefine(refuseProblems).parse(input) as Settings;

/** Adds the fields that do not fit each other to what a schema that extends the settings' refuses. */
export const refuseProblems = (
  settings: z.infer<typeof settingsSchema>,
  ctx: { addIssue(issue: { code: 'custom'; path: (string | number)[]; message: string }): void },
): void => {
  for (const { path, message } of settingsProblems(settings, TIER_TABLE_KEYS))
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

/** The n-th shared table of a tier: `saas-tenant-data-basic`, then `saas-tenant-data-basic.2`. */
export const sharedTableName = (settings: Settings, tier: TierName, n: number): TableName =>
  tableName(`${settings.prefix}-tenant-data-${tier}${n > 1 ? `.${n}` : ''}`);

/** A tenant's n-th table of its own in a tier: `saas-tenant-data-enterprise-abc`, then `saas-tenant-data-enterprise-abc.2`. */
export const dedicatedTableName = (settings: Settings, tier: TierName, tenantId: string, n = 1): TableName =>
  tableName(`${settings.prefix}-tenant-data-${tier}-${tenantId}${n > 1 ? `.${n}` : ''}`);
