import * as z from 'zod';
import type { Migration } from '../../../migration/migration.ts';
import type { Ports } from '../../../migration/ports.ts';
import { findMigration } from '../../../migration/record/find-migration.ts';
import { PLAN_REASON } from '../../../migration/requests/plan-reason.ts';
import { requestMigration } from '../../../migration/requests/request-migration.ts';
import { holdSchema } from '../../../migration/settings/hold.ts';
import { auditName, type Subject } from '../access/subject.ts';
import { type App, addEndpoint, none } from '../http/endpoint.ts';
import { namesEtag } from '../http/etag.ts';
import { ApiProblem } from '../http/problem.ts';
import { changedMigration } from './actions.ts';
import { PLAN_LIFE_MS, planTag, readPlan } from './migrations.ts';
import { reason } from './reason.ts';

const PlanBody = z.strictObject({
  tenantId: z.string(),
  to: z
    .union([
      z.strictObject({ tier: z.string(), dedicated: z.boolean().default(false) }),
      z.literal('elsewhere'),
    ])
    .describe('A tier, or `elsewhere` for another table of the tier that the tenant is in.'),
  reason: reason.optional().describe(`Reason for the audit trail. Default: \`${PLAN_REASON}\`.`),
});

const units = z.int().min(1).optional();
const StartBody = z.strictObject({
  plan: z
    .strictObject({ migrationId: z.string(), etag: z.string() })
    .describe('The dry run, and the ETag of its plan.'),
  holdMs: holdSchema
    .optional()
    .describe("Time for which the source is kept. Default: the deployment's setting."),
  holdCutover: z.boolean().default(false).describe('The cutover waits until an operator releases it.'),
  writeUnitsPerSecond: units,
  readUnitsPerSecond: units,
  reason,
});

/**
 * Requests the migration that a plan was made for.
 * @throws ApiProblem if the plan is not what the operator saw, is too old, or has blockers.
 */
const startPlanned = async (
  ports: Ports,
  { plan: quoted, ...asked }: z.output<typeof StartBody>,
  subject: Subject,
): Promise<Migration> => {
  const dryRun = await findMigration(ports, quoted.migrationId);
  if (!dryRun.dryRun)
    throw new ApiProblem(400, 'NoDryRun', `${dryRun.migrationId} is not a dry run. Nothing was changed`);
  const plan = await readPlan(ports, dryRun, subject);
  if (!namesEtag(quoted.etag, planTag(plan)))
    throw new ApiProblem(412, 'PlanChanged', 'the plan is not the one that you saw. Nothing was changed');
  if (ports.clock.now() > plan.expiresAt)
    throw new ApiProblem(
      409,
      'PlanExpired',
      `the plan is older than ${PLAN_LIFE_MS / 60_000} minutes. Nothing was changed`,
    );
  if (plan.blocked)
    throw new ApiProblem(409, 'MigrationBlocked', 'the plan has blockers. Nothing was changed');
  const { tenantId, source, target } = dryRun;
  const stays = source.tier === target.tier && source.placement === target.placement;
  const { holdMs, writeUnitsPerSecond, readUnitsPerSecond } = asked;
  return requestMigration(ports, {
    tenantId,
    toTier: stays ? undefined : target.tier,
    dedicated: stays ? undefined : target.placement === 'dedicated',
    holdMs,
    holdCutover: asked.holdCutover,
    writeUnitsPerSecond,
    readUnitsPerSecond,
    requestedBy: auditName(subject),
    reason: asked.reason,
  });
};

export const addRequests = (app: App, ports: Ports): void => {
  const post = { method: 'post', role: 'operator', params: none, query: none, status: 201 } as const;
  addEndpoint(app, ports, {
    ...post,
    path: '/plans',
    operationId: 'requestPlan',
    summary: 'Requests a dry run, which plans a migration on live data and changes nothing.',
    body: PlanBody,
    answer: 'ChangedMigration',
    give: async ({ body: { tenantId, to, reason = PLAN_REASON }, subject }) => {
      const target = to === 'elsewhere' ? {} : { toTier: to.tier, dedicated: to.dedicated };
      const by = auditName(subject);
      const request = { tenantId, ...target, dryRun: true, requestedBy: by, reason };
      return { content: changedMigration(await requestMigration(ports, request)) };
    },
  });
  addEndpoint(app, ports, {
    ...post,
    path: '/migrations',
    operationId: 'requestMigration',
    summary: 'Requests the migration of a plan that is at most 15 minutes old.',
    body: StartBody,
    answer: 'ChangedMigration',
    give: async ({ body, subject }) => ({
      content: changedMigration(await startPlanned(ports, body, subject)),
    }),
  });
};
