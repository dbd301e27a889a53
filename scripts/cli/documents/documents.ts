import * as z from 'zod';
import { EventDetail } from '../../../functions/aws/event-detail.ts';
import { ROLES } from '../../../functions/console/api/access/subject.ts';
import * as part from '../../../functions/documents/document-parts.ts';
import { STAGES } from '../../../functions/migration/migration.ts';
import type { NextAction } from '../../../functions/migration/next-action.ts';
import type { DemoCheck } from '../../demo/aftermath.ts';
import { SHELLS } from '../completion-scripts.ts';
import { STAGE_STATES } from '../watching/stage-state.ts';

/** Version of the documents. It grows if a field is removed or changes its meaning, not if fields are added. */
const SCHEMA_VERSION = 1;

const { list } = part;
const progress = {
  segments: part.passes,
  items: part.passes.describe('Items as counted before the copy; no pass exceeds the total.'),
  itemsCopied: z
    .number()
    .describe('May exceed the counted items if the application adds some during the copy.'),
};

/** Every document that `--json` prints, by its `kind`; `docs/json` has the JSON Schema of each. */
export const DOCUMENTS = {
  error: z.object({
    error: z.object({
      name: z.string(),
      code: z.string().describe('Code of the error; docs/errors.md lists the codes of the core.'),
      message: z.string().describe('The problem, and the state it left. `next` is the next action.'),
      facts: z
        .record(z.string(), z.union([z.string(), z.number()]))
        .describe('Data about the error; `keys` and `segments` are numbers of them.'),
      keys: list(z.string()).optional(),
    }),
  }),
  migration: z.object({ migration: part.migration }),
  migrations: z.object({
    migrations: list(part.listedMigration).describe('Stopped ones first, then the latest first.'),
  }),
  'migration-status': z.object({
    migration: part.migration,
    execution: part.execution,
    stoppedBy: part.reason.optional(),
    plan: part.plan.optional(),
    ...progress,
    rollbackUntil: part.time.nullable(),
    events: list(part.event),
    actions: list(part.action),
  }),
  'migration-progress': z.object({
    migration: part.migration,
    stages: list(
      z.object({
        stage: z.enum(STAGES),
        state: z.enum(STAGE_STATES),
        percent: z.int().min(0).max(100),
      }),
    ),
    ...progress,
  }),
  'migration-outcome': z.object({
    migration: part.migration,
    stoppedBy: part.reason.optional(),
    report: part.report.optional(),
    plan: part.plan.optional(),
  }),
  plan: z.object({
    migrationId: z.string(),
    blocked: z.boolean().describe('True if a finding is a blocker.'),
    plan: part.plan,
  }),
  report: z.object({ report: part.report }),
  queue: z.object({
    stopped: list(part.migration),
    running: list(z.object({ migration: part.migration, since: part.time })),
    waiting: list(part.migration),
    damaged: z.string().optional(),
    limits: z.object({
      total: z.number(),
      perSource: z.number(),
      perTarget: z.number(),
      urgentShare: z.number(),
    }),
  }),
  events: z.object({ events: list(EventDetail) }),
  tenant: z.object({ tenant: part.tenant }),
  tenants: z.object({ tenants: list(part.tenant) }),
  'tenant-detail': z.object({
    tenant: part.tenant,
    route: part.route.nullable(),
    migrations: list(part.listedMigration),
  }),
  'tenant-import': z.object({
    import: z.object({
      dryRun: z.boolean().describe('True if nothing was changed.'),
      registered: z.int().describe('Tenants that are registered now; with dryRun, that would be.'),
      unchanged: z.int().describe('Tenants that were registered before with the same values.'),
      different: z.int().describe('Tenants that were registered before with other values; not changed.'),
      failed: z.int(),
      tenants: list(
        z.object({
          line: z.int().describe('Line of the file, from 1.'),
          tenantId: z.string(),
          result: z.enum(['registered', 'unchanged', 'different', 'failed']),
          table: z.string().optional(),
          isNewTable: z
            .boolean()
            .optional()
            .describe('True if the table is created or added for this tenant.'),
          fields: list(z.string()).optional().describe('Fields that differ.'),
          code: z.string().optional().describe('Code of the error; docs/errors.md lists the codes.'),
          message: z.string().optional(),
        }),
      ),
    }),
  }),
  'tenant-removal-plan': z.object({
    plan: z.object({
      tenant: part.tenant,
      items: z.int().describe("Number of the tenant's items in its live table."),
      dropsTable: z.boolean().describe('True if the dedicated table would be deleted as a whole.'),
    }),
  }),
  'tenant-removed': z.object({ removed: part.removedTenant }),
  table: z.object({ table: part.tierTable }),
  tables: z.object({ tables: list(part.tierTable) }),
  reinstated: z.object({ table: z.string() }),
  retired: z.object({
    retired: part.moved.extend({
      table: z.string(),
      coming: z.number().describe('Tenants that are still being moved into the table.'),
    }),
  }),
  swept: z.object({ swept: part.moved.extend({ needPerson: list(part.manualAction) }) }),
  'sweep-plan': z.object({
    found: z.object({
      leave: list(
        z.object({
          tenant: part.tenant,
          request: z.object({
            toTier: z.string().optional(),
            dedicated: z.boolean().optional(),
            reason: z.string(),
          }),
        }),
      ),
      needPerson: list(part.manualAction),
    }),
  }),
  thresholds: z.object({
    tiers: list(
      z.looseObject({
        name: z.string(),
        placement: z.enum(['shared', 'dedicated']),
        maxSchools: z.number().optional(),
        maxTenants: z.number(),
      }),
    ),
    tenants: list(z.object({ tenant: part.tenant, share: z.number().optional(), decision: part.decision })),
  }),
  'table-names': z.object({
    files: z.int().describe('Number of files that were read.'),
    found: list(z.object({ file: z.string(), line: z.int(), column: z.int(), table: z.string() })),
  }),
  comparison: z.object({
    comparison: z.object({
      tenantId: z.string(),
      table: z.string(),
      against: z.string(),
      source: part.checksum.describe('Items in --table.'),
      target: part.checksum.describe('Items in --against.'),
      expired: z.number(),
      differences: list(part.difference),
      differing: z.number(),
      equal: z.boolean(),
    }),
  }),
  diagnosis: z.object({
    healthy: z.boolean(),
    findings: list(part.finding),
    records: z.number(),
    tenants: z.number(),
  }),
  finding: z.object({ finding: part.finding.nullable() }),
  mended: z.object({ mended: part.finding }),
  console: z.object({
    ready: z.literal(true),
    url: z.string().describe('Contains the token of this start: any caller that has it acts as the subject.'),
    subject: z.object({ name: z.string(), role: z.enum(ROLES), verified: z.boolean() }),
  }),
  'help-topic': z.object({ topic: z.string(), text: z.string() }),
  'completion-script': z.object({ shell: z.enum(SHELLS), script: z.string() }),
  environment: z.object({ env: z.record(z.string(), z.string()) }),
  'local-stack': z.object({
    ready: z.literal(true),
    engine: z.string(),
    endpoints: z.object({ dynamodb: z.string(), stepFunctions: z.string() }),
    console: z
      .object({ url: z.string() })
      .optional()
      .describe('The ops console; the URL contains the token of this start. Absent if it is not served.'),
    env: z.record(z.string(), z.string()),
  }),
  demo: z.object({
    engine: z.string(),
    tenants: list(part.tenant),
    plan: part.plan,
    migration: part.migration,
    report: part.report,
    after: part.taking<DemoCheck>(z.looseObject({ asItShould: z.boolean() })),
    growth: z
      .object({ migration: part.migration, written: z.number(), found: z.number(), failed: z.number() })
      .optional(),
  }),
} as const;

export type DocumentKind = keyof typeof DOCUMENTS;
/** The input for a document of this kind. */
export type DocumentContent<K extends DocumentKind> = z.input<(typeof DOCUMENTS)[K]>;

const envelope = (kind: DocumentKind) => ({
  schemaVersion: z.literal(SCHEMA_VERSION),
  kind: z.literal(kind),
  next: part.next,
});

/** Makes a document from a command's result. Leaves out fields that the schema does not name. */
export const documentOf = <K extends DocumentKind>(
  kind: K,
  content: DocumentContent<K>,
  next: NextAction,
): object => ({
  schemaVersion: SCHEMA_VERSION,
  kind,
  next,
  ...(DOCUMENTS[kind].parse(content) as object),
});

/** Returns the JSON Schema of a kind of document. It allows fields that it does not name. */
export const jsonSchemaOf = (kind: DocumentKind): object => ({
  ...z.toJSONSchema(z.object({ ...envelope(kind), ...DOCUMENTS[kind].shape }), {
    io: 'output',
    override: ({ jsonSchema }) => {
      delete jsonSchema.readOnly;
      delete jsonSchema.additionalProperties;
    },
  }),
  title: `tierferry --json: ${kind}`,
});
