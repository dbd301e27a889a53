import * as z from 'zod';
import { isClosed, STATUSES, statusWords } from '../../../migration/life-cycle.ts';
import { TAG_VALUE_CHARACTERS } from '../../../migration/limits.ts';
import type { Migration } from '../../../migration/migration.ts';
import { epochMs, type MigrationId, type TenantId } from '../../../migration/names.ts';
import { nextOf } from '../../../migration/operator/actions.ts';
import { readStatus } from '../../../migration/operator/read-status.ts';
import type { Ports } from '../../../migration/ports.ts';
import { type Execution, listExecutions } from '../../../migration/record/execution.ts';
import { findMigration } from '../../../migration/record/find-migration.ts';
import { rollbackProgress } from '../../../migration/rollback/rollback-step.ts';
import { livesOnTarget } from '../../../migration/route/lives-on-target.ts';
import type { Segment } from '../../../migration/segment.ts';
import type { Subject } from '../access/subject.ts';
import { ANSWERS, type Content, type SegmentState } from '../answers.ts';
import { cursorOf, placeIn } from '../http/cursor.ts';
import { type App, addEndpoint, none } from '../http/endpoint.ts';
import { etagOf } from '../http/etag.ts';
import { ApiProblem } from '../http/problem.ts';
import { actionsTag } from './actions-tag.ts';
import { readComparisons, readFigures } from './figures.ts';
import { pollingPorts } from './polling-ports.ts';
import { cursor, limit } from './tenants.ts';
import { planFor, reportFor } from './without-keys.ts';

/** Time for which a start may quote a plan, in ms: the tenant changes all the while. */
export const PLAN_LIFE_MS = 15 * 60_000;

export const migrationParams = z.strictObject({ migrationId: z.string() });

/** Any id: which ones there may be depends on the settings. */
const tenant = z
  .string()
  .min(1)
  .max(TAG_VALUE_CHARACTERS)
  .transform((id) => id as TenantId);

const Query = z.strictObject({
  tenant: tenant.optional(),
  status: z.enum(STATUSES).optional(),
  limit,
  cursor,
});
const EventsQuery = z.strictObject({
  after: z.coerce.number().int().min(0).default(0).describe('How many events of the trail the caller has.'),
});
const Before = z.string().transform((id) => id as MigrationId);

/**
 * A list of all statuses merges thirteen partitions by status, and reading ahead in each costs units. With few partitions at a
 * time and few rows a page, a page of the largest records costs less than 25 read units.
 */
const MERGED = { atOnce: 2, rows: 20 };

const list = async (
  ports: Ports,
  { tenant: tenantId, status, limit: most, cursor: from }: z.output<typeof Query>,
): Promise<Content<'MigrationList'>> => {
  const described = ['migrations', tenantId, status];
  const before = from === undefined ? undefined : placeIn(Before, described, from);
  const isMerged = tenantId === undefined && status === undefined;
  const rows = isMerged ? Math.min(most, MERGED.rows) : most;
  const filter = {
    tenantId,
    status,
    before,
    atOnce: isMerged ? MERGED.atOnce : rows + 1,
  };
  const found: Migration[] = [];
  for await (const migration of ports.migrations.list(filter)) {
    found.push(migration);
    if (found.length > rows) break;
  }
  const page = found.slice(0, rows);
  const last = page.at(-1)?.migrationId;
  return {
    migrations: (await listExecutions(ports, page)).map(({ migration, execution }) =>
      rowOf(migration, execution),
    ),
    cursor: found.length > rows && last !== undefined ? cursorOf(described, last) : null,
  };
};

const rowOf = (migration: Migration, execution: Execution) => ({
  ...migration,
  execution,
  next: nextOf(migration, { execution }),
});

const detail = async (ports: Ports, id: string): Promise<Content<'MigrationDetail'>> => {
  const status = await readStatus(ports, (await findMigration(ports, id)).migrationId);
  const { migration, stoppedBy = null } = status;
  const executionArn = ports.workflow.executionArn(migration.migrationId, migration.attempt) ?? null;
  const rollback = rollbackProgress(migration, ports.clock.now()) ?? null;
  const { source, target } = migration;
  const liveTable = (livesOnTarget(migration) ? target.table : undefined) ?? source.table;
  return { ...status, stoppedBy, liveTable, rollback, executionArn, actionsTag: actionsTag(migration) };
};

/** Reads a plan as a subject may see it. @throws ApiProblem if there is none (yet). */
export const readPlan = async (
  ports: Ports,
  { migrationId, status }: Migration,
  subject: Subject,
): Promise<Content<'Plan'>> => {
  const plan = await ports.migrations.plan(migrationId);
  if (!plan) throw new ApiProblem(404, 'NoPlan', `${migrationId} is ${statusWords(status)} and has no plan`);
  return {
    migrationId,
    plan: planFor(subject, plan),
    blocked: plan.findings.some(({ level }) => level === 'blocker'),
    expiresAt: epochMs(plan.plannedAt + PLAN_LIFE_MS),
  };
};

/** Returns the tag of a plan, which a start quotes. */
export const planTag = (plan: Content<'Plan'>): string => etagOf(ANSWERS.Plan.parse(plan));

const readReport = async (ports: Ports, id: string, subject: Subject): Promise<Content<'Report'>> => {
  const { migrationId, status } = await findMigration(ports, id);
  const report = await ports.migrations.report(migrationId);
  if (!report)
    throw new ApiProblem(
      404,
      'NoReport',
      isClosed(status)
        ? `${migrationId} is ${statusWords(status)} and has no report`
        : `${migrationId} is ${statusWords(status)} and has no report yet`,
    );
  return { report: reportFor(subject, report) };
};

const stateOf = ({ mismatch, cleanUpDone, verified, copyDone, copied, survey }: Segment): SegmentState => {
  if (cleanUpDone) return 'cleaned';
  // a comparison that found both sides equal saves a mismatch without keys
  if (mismatch && mismatch.differing > 0) return 'differs';
  if (verified) return 'verified';
  if (copyDone) return 'copied';
  if (copied.items > 0) return 'copying';
  return survey ? 'surveyed' : 'counted';
};

const segments = async (ports: Ports, id: string): Promise<Content<'SegmentList'>> => {
  const { migrationId } = await findMigration(ports, id);
  const all: Content<'SegmentList'>['segments'][number][] = [];
  for await (const segment of ports.segments.list(migrationId))
    all.push({ number: segment.number, items: segment.counted, state: stateOf(segment) });
  return { segments: all };
};

const GET = { method: 'get', role: 'viewer', query: none, body: none } as const;
const GET_ONE = { ...GET, params: migrationParams } as const;

/** Adds the endpoints of migrations: the list, and the state, events, documents and progress of one. */
export const addMigrations = (app: App, ports: Ports): void => {
  const polled = pollingPorts(ports);
  addEndpoint(app, ports, {
    ...GET,
    path: '/migrations',
    operationId: 'listMigrations',
    summary: 'Lists migrations, latest first.',
    description: `Without tenant and status a page has ${MERGED.rows} rows at most.`,
    params: none,
    query: Query,
    answer: 'MigrationList',
    give: async ({ query }) => ({ content: await list(ports, query) }),
  });
  addEndpoint(app, ports, {
    ...GET_ONE,
    path: '/migrations/{migrationId}',
    operationId: 'getMigration',
    summary: 'Shows the state of a migration and the actions on it.',
    answer: 'MigrationDetail',
    give: async ({ params }) => ({ content: await detail(polled, params.migrationId) }),
  });
  addEndpoint(app, ports, {
    ...GET_ONE,
    path: '/migrations/{migrationId}/events',
    operationId: 'getEvents',
    summary: 'Shows the audit trail of a migration, oldest first.',
    query: EventsQuery,
    answer: 'EventList',
    give: async ({ params, query }) => {
      const { migrationId } = await findMigration(ports, params.migrationId);
      const events = await ports.migrations.events(migrationId);
      const later = events.slice(query.after);
      return { content: { events: later.map(({ who: by, ...event }) => ({ ...event, by })) } };
    },
  });
  addDocuments(app, ports);
  addProgress(app, ports, polled);
};

/** Adds the endpoints of a migration's plan and report. */
const addDocuments = (app: App, ports: Ports): void => {
  addEndpoint(app, ports, {
    ...GET_ONE,
    path: '/migrations/{migrationId}/plan',
    operationId: 'getPlan',
    summary: 'Shows the plan of a migration or of a dry run. A start quotes its ETag.',
    description: 'Keys are shown to operators only.',
    answer: 'Plan',
    give: async ({ params, subject }) => ({
      content: await readPlan(ports, await findMigration(ports, params.migrationId), subject),
    }),
  });
  addEndpoint(app, ports, {
    ...GET_ONE,
    path: '/migrations/{migrationId}/report',
    operationId: 'getReport',
    summary: 'Shows the report of a migration.',
    description: 'Keys are shown to operators only. Without them sha256 does not match.',
    answer: 'Report',
    give: async ({ params, subject }) => ({ content: await readReport(ports, params.migrationId, subject) }),
  });
};

/** Adds the endpoints that pages ask again and again while a migration runs. */
const addProgress = (app: App, ports: Ports, polled: Ports): void => {
  addEndpoint(app, ports, {
    ...GET_ONE,
    path: '/migrations/{migrationId}/segments',
    operationId: 'getSegments',
    summary: 'Shows the state of each segment, without its keys.',
    answer: 'SegmentList',
    give: async ({ params }) => ({ content: await segments(polled, params.migrationId) }),
  });
  addEndpoint(app, ports, {
    ...GET_ONE,
    path: '/migrations/{migrationId}/figures',
    operationId: 'getFigures',
    summary: 'Shows what a migration has copied, compared and used so far.',
    description: 'A page that asks for them again and again makes charts of them.',
    answer: 'Figures',
    give: async ({ params }) => readFigures(polled, params.migrationId),
  });
  addEndpoint(app, ports, {
    ...GET_ONE,
    path: '/migrations/{migrationId}/comparisons',
    operationId: 'getComparisons',
    summary: 'Shows both sides of each segment as they were compared: items, bytes and checksums.',
    answer: 'ComparisonList',
    give: async ({ params }) => ({ content: await readComparisons(polled, params.migrationId) }),
  });
};
