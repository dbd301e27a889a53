import * as z from 'zod';
import * as part from '../../documents/document-parts.ts';
import { NextStep } from '../../migration/next-action.ts';
import { ADMISSION_LIMITS } from '../../migration/queue/pick-admissions.ts';
import { ROLLBACK_STEPS } from '../../migration/rollback/rollback-step.ts';
import { ROLES } from './access/subject.ts';
import { Problem } from './http/problem.ts';

const { list } = part;

const session = z.object({
  subject: z.object({ name: z.string(), role: z.enum(ROLES), verified: z.boolean() }),
  deployment: z.string().describe("The prefix of the deployment's tables."),
  counted: z
    .object({
      prefix: z.string().describe('Beginning of their sort keys.'),
      label: z.string().describe('Name of one of them.'),
      labels: z.string().describe('Name of several of them.'),
    })
    .describe(
      "The items of a tenant that are counted for the tiers' limits: schools, unless the settings name others.",
    ),
  now: part.time.describe('Time of the server. A page computes the rest of a hold from it.'),
});

const signIn = z
  .discriminatedUnion('kind', [
    z.object({ kind: z.literal('link') }),
    z.object({
      kind: z.literal('oidc'),
      issuer: z.string().describe('An OpenID issuer, which is asked for its endpoints.'),
      clientId: z.string(),
      scope: z.string(),
      origins: list(z.string())
        .optional()
        .describe("Origins of the issuer's endpoints, if they are not the issuer's own."),
    }),
  ])
  .describe('link: by the token of the printed link. oidc: by authorization code with PKCE.');

const cursor = z
  .string()
  .nullable()
  .describe(
    'Send it to get the next page; null at the end of the list. A page may have fewer rows than requested.',
  );

const share = z
  .number()
  .nullable()
  .describe("Counted items as a share of the tier's limit; null for no limit.");
const tenantRow = part.tenant
  .pick({ tenantId: true, name: true, tier: true, placement: true, table: true, schoolCount: true })
  .extend({
    maxSchools: z.number().nullable(),
    share,
    lockedBy: z.string().nullable().describe('The migration that holds the tenant lock.'),
    decision: part.decision,
  });

const target = z.object({
  tier: z.string(),
  placement: z.enum(['shared', 'dedicated']),
  elsewhere: z.boolean().describe('Another table of the tier that the tenant is in.'),
  allowed: z.boolean(),
  reason: z.string().nullable().describe('Reason why it is not allowed; null if it is.'),
  recommended: z
    .boolean()
    .describe('True for at most one target: where the tenant has room to grow, or would move automatically.'),
});

const unitsPerSecond = z.number().nullable().describe('Units per second; null for no maximum.');
const tag = z.string();

const tableRow = part.tierTable.extend({
  stateTag: tag.describe('Quoted as If-Match to retire or reinstate the table.'),
  capacity: z
    .object({
      mode: z
        .enum(['provisioned', 'onDemand'])
        .describe('onDemand: read and write are the maximum, if one is set.'),
      read: unitsPerSecond,
      write: unitsPerSecond,
    })
    .nullable()
    .describe('As the table was configured within the last minute; null if it could not be read.'),
  use: z
    .object({
      migrations: z
        .int()
        .describe(
          'Migrations that may work on the table now: admitted, cleaning up or being rolled back, and not paused.',
        ),
      read: z.number(),
      write: z.number().nullable().describe('null if one of them writes without a limit.'),
    })
    .describe('Units per second that the limits of migrations allow them to use of the table together.'),
});

const migrationRow = part.listedMigration.extend({ next: part.next });
const actions = list(part.action);

const migrationDetail = z.object({
  migration: part.migration,
  execution: part.execution,
  stoppedBy: part.reason.nullable(),
  segments: part.passes,
  items: part.passes.describe('Items as counted before the copy; no pass exceeds the total.'),
  itemsCopied: z
    .number()
    .describe('May exceed the counted items if the application adds some during the copy.'),
  rollbackUntil: part.time.nullable(),
  liveTable: z.string().describe('The table in which the tenant lives now.'),
  rollback: z
    .object({
      step: z
        .enum(ROLLBACK_STEPS)
        .describe(
          'applying: changes made since the flip are applied to the source. fenced: the flip back follows. comparing: the target is compared with the source. waiting: earlier calls may still arrive. discarding: copies are deleted.',
        ),
      waitsUntil: part.time
        .optional()
        .describe(
          'Until then a call that was made before may still arrive; the rollback does not end before.',
        ),
    })
    .nullable()
    .describe('null unless the migration is being rolled back.'),
  executionArn: z
    .string()
    .nullable()
    .describe("ARN of the latest attempt's execution; null if the state machine is not known."),
  actions,
  actionsTag: z.string().describe('Send it as If-Match with an action.'),
  next: part.next,
});

const figures = z.object({
  at: part.time.describe("When they were read, by the server's clock."),
  items: part.passes.describe('By the counting pass: no pass exceeds the total.'),
  itemsCopied: z.number(),
  itemsDiscarded: z.number().describe('Items that a rollback has deleted from the target.'),
  bytesCopied: z.number(),
  expectedFlipAt: part.time
    .nullable()
    .describe('Predicted from the pass under way; null if it cannot be known, and once writes are fenced.'),
  differing: z
    .number()
    .describe('Keys that the comparison before the cutover found different, and journalled.'),
  throttles: z
    .number()
    .describe(
      'Calls that DynamoDB throttled: writes of the copy, of applying and of discarding. Reads that were throttled are not counted.',
    ),
  backlog: z.number().nullable().describe('Keys left to apply; null while a cutover could take them all.'),
  applying: z
    .object({ journalledPerSecond: z.number(), appliedPerSecond: z.number() })
    .nullable()
    .describe('Keys per second in the latest rounds of applying; null like the backlog.'),
  units: z
    .object({
      survey: part.units,
      copy: part.units,
      verify: part.units,
      cleanUp: part.units,
      apply: part.units,
      discard: part.units,
    })
    .describe('Capacity units used so far; what was tried twice counts twice, as on the bill.'),
  limits: z
    .object({ readUnitsPerSecond: z.number(), writeUnitsPerSecond: z.number().nullable() })
    .describe('Limits in force; null for none.'),
});

const keptSource = z.object({
  atFlip: part.checksum,
  afterHold: part.checksum.nullable().describe('null until it is read after the hold.'),
  expiringItems: z.number().describe('Items that both leave out: DynamoDB may delete them.'),
});
const comparison = z.object({
  number: z.int(),
  items: z.number().describe('As counted before the copy.'),
  verified: z
    .object({ source: part.checksum, target: part.checksum, changed: z.number() })
    .nullable()
    .describe('null until both sides are compared.'),
  keptSource: keptSource.nullable().describe('null before the flip.'),
  differing: z.number().describe('Keys on which the sides differ.'),
});

const SEGMENT_STATES = [
  'counted',
  'surveyed',
  'copying',
  'copied',
  'verified',
  'cleaned',
  'differs',
] as const;
export type SegmentState = (typeof SEGMENT_STATES)[number];

const tier = z.object({
  name: z.string(),
  placement: z.enum(['shared', 'dedicated']),
  dedicatedOnRequest: z.boolean(),
  maxSchools: z.number().optional(),
  maxTenants: z.number(),
});

const schemas = z.registry<{ id: string }>();
const named = <Schema extends z.ZodType>(id: string, schema: Schema): Schema => {
  schemas.add(schema, { id });
  return schema;
};

named('Problem', Problem);
named('NextStep', NextStep);
named('Migration', part.migration);
named('MigrationRow', migrationRow);
named('Action', part.action);
named('Event', part.event);
named('Tenant', part.tenant);
named('TenantRow', tenantRow);
named('TierTable', part.tierTable);
named('TableRow', tableRow);

/** Every answer of the API by its name in the OpenAPI document. An answer holds what its schema names, and nothing else. */
export const ANSWERS = {
  SignIn: named('SignIn', signIn),
  Session: named('Session', session),
  TenantList: named('TenantList', z.object({ tenants: list(tenantRow), cursor })),
  TenantDetail: named(
    'TenantDetail',
    z.object({
      tenant: part.tenant,
      preferencesTag: tag.describe('Quoted as If-Match to change the preferences.'),
      share,
      decision: part.decision,
      route: part.route.nullable(),
      targets: list(target),
      migrations: list(migrationRow),
    }),
  ),
  ChangedTenant: named('ChangedTenant', z.object({ tenant: part.tenant })),
  MigrationList: named('MigrationList', z.object({ migrations: list(migrationRow), cursor })),
  MigrationDetail: named('MigrationDetail', migrationDetail),
  ChangedMigration: named(
    'ChangedMigration',
    z.object({ migration: part.migration, actionsTag: z.string(), next: part.next }),
  ),
  Actions: named('Actions', z.object({ actions, next: part.next })),
  EventList: named('EventList', z.object({ events: list(part.event) })),
  SegmentList: named(
    'SegmentList',
    z.object({
      segments: list(z.object({ number: z.int(), items: z.number(), state: z.enum(SEGMENT_STATES) })),
    }),
  ),
  Figures: named('Figures', figures),
  ComparisonList: named('ComparisonList', z.object({ segments: list(comparison) })),
  Plan: named(
    'Plan',
    z.object({
      migrationId: z.string(),
      plan: part.plan,
      blocked: z.boolean().describe('True if a finding is a blocker.'),
      expiresAt: part.time.describe('Time until which a start may quote this plan.'),
    }),
  ),
  Report: named('Report', z.object({ report: part.report })),
  Queue: named(
    'Queue',
    z.object({
      stopped: list(part.migration),
      running: list(z.object({ migration: part.migration, since: part.time })),
      waiting: list(
        part.migration.extend({
          waitsFor: z
            .enum(ADMISSION_LIMITS)
            .nullable()
            .describe('The limit that keeps it waiting; null if it is admitted with the next change.'),
        }),
      ),
      damaged: z.string().nullable(),
      limits: z.object({
        total: z.number(),
        perSource: z.number(),
        perTarget: z.number(),
        urgentShare: z.number(),
      }),
    }),
  ),
  TableList: named('TableList', z.object({ tables: list(tableRow), cursor })),
  ChangedTable: named('ChangedTable', z.object({ table: part.tierTable })),
  RetiredTable: named(
    'RetiredTable',
    z.object({ table: z.string(), requested: list(z.string()), stays: list(part.stays) }),
  ),
  Catalogue: named('Catalogue', z.object({ tiers: list(tier) })),
  Diagnosis: named(
    'Diagnosis',
    z.object({
      healthy: z.boolean(),
      findings: list(part.finding),
      records: z.number(),
      tenants: z.number(),
      at: part.time,
    }),
  ),
  MendedFinding: named('MendedFinding', z.object({ mended: part.finding })),
} as const;

export type SignIn = z.output<typeof signIn>;
export type AnswerName = keyof typeof ANSWERS;
export type Content<Name extends AnswerName> = z.input<(typeof ANSWERS)[Name]>;

/** Returns the JSON Schemas of all answers and of their named parts, for the OpenAPI document. */
export const answerSchemas = (): Readonly<Record<string, object>> => {
  const made = z.toJSONSchema(schemas, {
    io: 'output',
    uri: (id) => `#/components/schemas/${id}`,
    override: ({ jsonSchema }) => {
      delete jsonSchema.readOnly;
      // answers may come to hold more
      if (jsonSchema.additionalProperties === false) delete jsonSchema.additionalProperties;
    },
  });
  return Object.fromEntries(
    Object.entries(made.schemas).map(([name, { $id: _, $schema: __, ...schema }]) => [name, schema]),
  );
};
