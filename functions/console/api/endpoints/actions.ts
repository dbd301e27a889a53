import * as z from 'zod';
import { Conflict, NotSafe, StragglersFound } from '../../../migration/errors.ts';
import type { Migration } from '../../../migration/migration.ts';
import { abandonRollback } from '../../../migration/operator/abandon-rollback.ts';
import {
  ACTION_NAMES,
  type ActionName,
  actionsOf,
  nextOf,
  readActionFacts,
} from '../../../migration/operator/actions.ts';
import type { AuditNote } from '../../../migration/operator/audit-note.ts';
import { cancelMigration } from '../../../migration/operator/cancel-migration.ts';
import { holdCutover, releaseCutover } from '../../../migration/operator/hold-cutover.ts';
import { holdMigration } from '../../../migration/operator/hold-migration.ts';
import { limitMigration } from '../../../migration/operator/limit-migration.ts';
import { pauseMigration, resumeMigration } from '../../../migration/operator/pause-migration.ts';
import { retryMigration } from '../../../migration/operator/retry-migration.ts';
import { rollbackMigration } from '../../../migration/operator/rollback-migration.ts';
import type { Ports } from '../../../migration/ports.ts';
import { findMigration } from '../../../migration/record/find-migration.ts';
import type { Migrations } from '../../../migration/record/migrations-port.ts';
import { holdSchema } from '../../../migration/settings/hold.ts';
import { auditName } from '../access/subject.ts';
import type { Content } from '../answers.ts';
import { type App, addEndpoint, none } from '../http/endpoint.ts';
import { namesEtag } from '../http/etag.ts';
import { ApiProblem, type ProblemFields } from '../http/problem.ts';
import { actionsTag } from './actions-tag.ts';
import { migrationParams } from './migrations.ts';
import { overridden } from './overridden.ts';
import { reason } from './reason.ts';

const units = z.union([z.int().min(1), z.literal('none')]).optional();

export const ActionBody = z.strictObject({
  reason,
  confirm: z.string().optional().describe("The tenant's id, for an action that has to be confirmed."),
  holdMs: holdSchema.optional().describe('For `hold`: how long the source is kept after the flip.'),
  writeUnitsPerSecond: units.describe('Required by `limit`.'),
  readUnitsPerSecond: units.describe('Required by `limit`.'),
});
type ActionBody = z.output<typeof ActionBody>;

type Perform = (ports: Ports, id: string, note: AuditNote, body: ActionBody) => Promise<Migration>;

/** Each action as the command line carries it out. */
const PERFORM: Readonly<Record<ActionName, Perform>> = {
  pause: pauseMigration,
  resume: resumeMigration,
  'hold-cutover': holdCutover,
  cutover: releaseCutover,
  limit: (ports, id, note, { writeUnitsPerSecond: write, readUnitsPerSecond: read }) =>
    limitMigration(ports, id, { write, read }, note),
  cancel: cancelMigration,
  rollback: (ports, id, note) => rollbackMigration(ports, id, note),
  'rollback-discarding': (ports, id, note) => rollbackMigration(ports, id, note, { discardStragglers: true }),
  'abandon-rollback': abandonRollback,
  hold: (ports, id, note, { holdMs }) => {
    if (holdMs === undefined)
      throw new ApiProblem(
        400,
        'InvalidRequest',
        'holdMs is missing. Nothing was changed. Send how long after the flip the source is kept, in ms',
      );
    return holdMigration(ports, id, { holdMs }, note);
  },
  'end-hold': (ports, id, note) => holdMigration(ports, id, 'endNow', note),
  retry: (ports, id, { by, reason }) => retryMigration(ports, id, by, reason),
};

/**
 * Carries out an action, if what the operator saw is still so.
 * @param ifMatch the tag of the actions that the operator saw.
 * @throws ApiProblem with the migration's latest event if another operator was first, or the action is not possible.
 */
export const performAction = async (
  ports: Ports,
  id: string,
  name: ActionName,
  asked: { readonly ifMatch: string; readonly by: string; readonly body: ActionBody },
): Promise<Migration> => {
  const { ifMatch, by, body } = asked;
  const migration = await findMigration(ports, id);
  await checkMatch(ports, migration, ifMatch);
  const action = actionsOf(migration, await readActionFacts(ports, migration)).find(
    (one) => one.name === name,
  );
  if (!action?.allowed)
    throw new ApiProblem(
      409,
      'ActionNotPossible',
      action?.reason ?? `${name} is not possible`,
      await latestEvent(ports, migration),
    );
  if (action.confirm === 'tenantId' && body.confirm !== migration.tenantId)
    throw new ApiProblem(
      400,
      'ConfirmationMissing',
      `${name} cannot be undone: confirm it with the id of the tenant. Nothing was changed`,
    );
  try {
    return await PERFORM[name](matching(ports, id, ifMatch), id, { by, reason: body.reason }, body);
  } catch (error) {
    // a change between the check and the action
    if (error instanceof Conflict || (error instanceof NotSafe && !(error instanceof StragglersFound)))
      throw new ApiProblem(409, error.name, error.message, {
        ...(await latestEvent(ports, migration)),
        cause: error,
      });
    throw error;
  }
};

const checkMatch = async (ports: Ports, migration: Migration, ifMatch: string): Promise<void> => {
  if (namesEtag(ifMatch, actionsTag(migration))) return;
  throw new ApiProblem(
    412,
    'ChangedMeanwhile',
    `${migration.migrationId} has changed since you saw it. Nothing was changed`,
    await latestEvent(ports, migration),
  );
};

/** The ports, with a migration's record that is refused once another operator has changed it. */
const matching = (ports: Ports, id: string, ifMatch: string): Ports => {
  let seen = ifMatch;
  const get: Migrations['get'] = async (migrationId) => {
    const migration = await ports.migrations.get(migrationId);
    if (migration?.migrationId === id) await checkMatch(ports, migration, seen);
    return migration;
  };
  const transition: Migrations['transition'] = async (...given) => {
    const changed = await ports.migrations.transition(...given);
    if (changed.migrationId === id) seen = actionsTag(changed);
    return changed;
  };
  const migrations = overridden(ports.migrations, { get, transition });
  return { ...ports, migrations };
};

const latestEvent = async (ports: Ports, { migrationId }: Migration): Promise<ProblemFields> => {
  const latest = (await ports.migrations.events(migrationId)).at(-1);
  if (!latest) return {};
  const { who: by, ...event } = latest;
  return { latest: { ...event, by } };
};

/** Returns a changed migration with the tag for its next action. */
export const changedMigration = (migration: Migration): Content<'ChangedMigration'> => ({
  migration,
  actionsTag: actionsTag(migration),
  next: nextOf(migration),
});

export const addActions = (app: App, ports: Ports): void => {
  addEndpoint(app, ports, {
    method: 'get',
    path: '/migrations/{migrationId}/actions',
    operationId: 'getActions',
    summary: 'Shows the actions on a migration. A request for an action quotes the ETag.',
    role: 'viewer',
    params: migrationParams,
    query: none,
    body: none,
    answer: 'Actions',
    give: async ({ params }) => {
      const migration = await findMigration(ports, params.migrationId);
      const facts = await readActionFacts(ports, migration);
      const content = { actions: actionsOf(migration, facts), next: nextOf(migration, facts) };
      return { content, etag: actionsTag(migration) };
    },
  });
  addEndpoint(app, ports, {
    method: 'post',
    path: '/migrations/{migrationId}/actions/{action}',
    operationId: 'performAction',
    summary: 'Carries out an action.',
    description:
      'If another operator was first, the answer is 412 with the latest event. A retry of a migration that has ended is a new migration.',
    role: 'operator',
    params: migrationParams.extend({ action: z.enum(ACTION_NAMES) }),
    query: none,
    body: ActionBody,
    answer: 'ChangedMigration',
    status: 202,
    requiresMatch: "the ETag of the migration's actions",
    give: async ({ params, body, subject, ifMatch }) => {
      const { migrationId, action } = params;
      const by = auditName(subject);
      return {
        content: changedMigration(await performAction(ports, migrationId, action, { ifMatch, by, body })),
      };
    },
  });
};
