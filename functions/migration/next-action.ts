import * as z from 'zod';

/** Actions on one migration. `watch` follows it to its end; `status` and `report` show it. */
export const MIGRATION_STEPS = [
  'watch',
  'status',
  'report',
  'resume',
  'cutover',
  'retry',
  'cancel',
  'rollback',
] as const;
/** Actions that need no subject: they read or repair the deployment as a whole. */
export const DEPLOYMENT_STEPS = [
  'doctor',
  'sweep',
  'show-queue',
  'list-migrations',
  'list-tenants',
  'list-tables',
] as const;

/** `move-elsewhere` requests a tenant's move to another table of its tier; `remove-tenant` starts or continues its removal. */
export const TENANT_STEPS = ['show-tenant', 'move-elsewhere', 'remove-tenant'] as const;

/**
 * The action that an operator or a program should take next, as data. The core names no command: the command line and the
 * page word the action in their own terms.
 */
export const NextStep = z.union([
  z.object({ action: z.enum(MIGRATION_STEPS), migrationId: z.string() }),
  z.object({ action: z.enum(DEPLOYMENT_STEPS) }),
  z.object({ action: z.enum(TENANT_STEPS), tenantId: z.string() }),
  /** Requests the tenant's move to a tier. */
  z.object({
    action: z.literal('migrate'),
    tenantId: z.string(),
    tier: z.string(),
    dedicated: z.boolean().optional(),
  }),
  z.object({ action: z.literal('retire-table'), table: z.string() }),
  z.object({ action: z.literal('add-table'), tier: z.string(), table: z.string().optional() }),
  /** Repairs a finding of the doctor. */
  z.object({ action: z.literal('mend'), finding: z.string() }),
  /** No action of Tierferry is safe. `todo` describes the work in a sentence. */
  z.object({ action: z.literal('by-hand'), todo: z.string() }),
]);
export type NextStep = Readonly<z.output<typeof NextStep>>;
export type MigrationStep = (typeof MIGRATION_STEPS)[number];

/** The recommended next action; null if there is none. */
export type NextAction = NextStep | null;
