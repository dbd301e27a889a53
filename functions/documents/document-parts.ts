import * as z from 'zod';
import { STATUSES } from '../migration/life-cycle.ts';
import { STAGES } from '../migration/migration.ts';
import { NextStep } from '../migration/next-action.ts';
import { ACTION_NAMES, CONFIRMATIONS, DANGERS } from '../migration/operator/actions.ts';
import type { Plan } from '../migration/plan/plan.ts';
import { EXECUTIONS } from '../migration/record/execution.ts';
import type { Report } from '../migration/report/report.ts';

/**
 * Parts of the documents that `--json` prints. Each converts a record of the core to the fields that programs may rely on.
 * Fields that are not named here are internal and left out, and times become ISO 8601 in UTC.
 */

/** A time in ms since 1970, printed as ISO 8601 in UTC. */
export const time = z
  .number()
  .transform((ms) => new Date(ms).toISOString())
  .pipe(z.iso.datetime());

export const list = <Part extends z.ZodType>(part: Part) => z.array(part).readonly();

/** Declares the input type of a schema that allows more fields: TypeScript gives interfaces no index signature. */
export const taking = <In>(schema: z.ZodType): z.ZodType<unknown, In> => schema as z.ZodType<unknown, In>;

const placement = z.enum(['shared', 'dedicated']);
const location = z.object({ tier: z.string(), placement, table: z.string() });
const targetLocation = location.extend({
  table: z.string().optional().describe('Absent until a slot is reserved.'),
});
const status = z.enum(STATUSES);

/** A next action, in the one shape that errors, findings, migrations and reports share. */
export const next = NextStep.nullable().describe('The recommended next action; null if there is none.');
const nextIfKnown = NextStep.optional().describe(
  'Next action that the error named; absent if it named none.',
);

export const reason = z.object({
  error: z.string().describe('Code of the error; docs/errors.md lists the codes.'),
  cause: z.string(),
  next: nextIfKnown,
});
const failure = reason.extend({ at: time });
export const units = z.object({ read: z.number(), write: z.number() });
const phase = z.number().optional();
const fencePhases = z
  .object({ leasesOut: phase, sentinels: phase, drained: phase, compared: phase })
  .describe('When the phases of the fence ended, in ms since it began.');
const stageTimes = z.object({ startedAt: time, endedAt: time.optional() });

export const migration = z.object({
  migrationId: z.string(),
  tenantId: z.string(),
  source: location,
  target: targetLocation,
  status,
  attempt: z.int().describe('Number of executions of the state machine for this migration.'),
  dryRun: z.boolean(),
  paused: z.boolean(),
  cutoverHeld: z.boolean(),
  writeUnitsPerSecond: z.number().optional().describe('Absent if it has no limit.'),
  readUnitsPerSecond: z.number().optional().describe("Absent if the deployment's limit applies."),
  requestedBy: z.string(),
  requestedAt: time,
  reason: z.string(),
  urgent: z.literal(true).optional(),
  retryOf: z.string().optional().describe('The migration that this one retries.'),
  holdMs: z.number().describe('Time for which the source is kept after the flip.'),
  cancellation: z
    .object({ by: z.string(), reason: z.string(), endedPause: z.literal(true).optional() })
    .optional()
    .describe('Present if a cancel, or after the flip a rollback, was requested.'),
  failure: failure.optional(),
  cutovers: z.int().describe('Number of cutovers that were started, including those that gave up.'),
  cutoverFailure: failure
    .extend({
      keysPastLeases: z
        .int()
        .describe(
          'Number of keys that were written after every lease had run out, so by a process without the router.',
        ),
    })
    .optional()
    .describe('Why the latest cutover gave up.'),
  stages: z
    .partialRecord(z.enum(STAGES), stageTimes)
    .describe(
      "Until registry has started, the end of copy is that of the last segment's copy, and changes are still applied and compared.",
    ),
  fences: z
    .object({
      ...{ totalMs: z.number(), forwardMs: z.number().optional(), reverseMs: z.number().optional() },
      ...{ forwardPhases: fencePhases.optional(), reversePhases: fencePhases.optional() },
    })
    .optional()
    .describe('Time for which writes were fenced: in total, before the flip, and before the flip back.'),
  fencedAt: time
    .optional()
    .describe('Start of the latest fence, which a flip leaves here. Absent once writes were reopened.'),
  flippedAt: time.optional(),
  reverseFlippedAt: time.optional(),
  convergence: z
    .object({
      since: time,
      backlog: z.number(),
      journalledPerSecond: z.number(),
      appliedPerSecond: z.number(),
      notConverging: z.boolean(),
    })
    .optional()
    .describe('Present while too many changes are left to apply for a cutover.'),
  gap: z
    .object({ at: time, reason: z.string() })
    .optional()
    .describe('Why all keys are compared again before the next flip.'),
  longLeasesOutAt: time
    .optional()
    .describe('No fence begins before it: until then a router may use a route with a long lease.'),
  lateCallsOutAt: time.optional().describe('Until then a write without an answer may take effect.'),
  finalBackup: z.string().optional(),
  updatedAt: time,
});

export const execution = z
  .enum(EXECUTIONS)
  .describe('stopped: no execution works on the migration until it is retried.');
export const listedMigration = migration.extend({ execution });

/** An action of an operator on a migration. */
export const action = z.object({
  name: z.enum(ACTION_NAMES),
  allowed: z.boolean(),
  reason: z.string().nullable().describe('Reason why it is not allowed; null if it is.'),
  next: next.describe('Action to take instead; null if it is allowed, or nothing is better.'),
  danger: z.enum(DANGERS),
  confirm: z.enum(CONFIRMATIONS).describe('Text that the operator types to confirm it.'),
  effect: z.string(),
});

/** An entry of the audit trail. */
export const event = z.object({
  at: time,
  by: z.string(),
  from: status.optional().describe('Absent in the event of the request.'),
  to: status,
  reason: z.string(),
  failure: reason
    .omit({ cause: true })
    .optional()
    .describe('Present if `reason` contains the text of an error.'),
  flippedTo: z
    .string()
    .optional()
    .describe(
      'The table that is live since this event, after a flip in either direction. Absent in all other events.',
    ),
});

const pass = z.number();
export const passes = z.object({
  total: pass,
  surveyed: pass,
  copied: pass,
  compared: pass,
  verified: pass,
  cleaned: pass,
});

const survey = z.object({
  byEntityType: z.record(z.string(), z.object({ items: z.number(), bytes: z.number() })),
  largestItemBytes: z.number(),
  tableWriteUnits: z.number(),
  indexWriteUnits: z.number(),
});

/** A plan is printed as it is, with fields that are not named here. */
export const plan = taking<Plan>(
  z.looseObject({
    tenantId: z.string(),
    plannedAt: time,
    source: location,
    target: location,
    findings: list(
      z.looseObject({
        ...{ level: z.enum(['blocker', 'warning']), code: z.string(), message: z.string() },
        remedy: z.string().describe('Action that mends it.'),
        next: nextIfKnown.describe('The remedy as an action; absent if there is none.'),
        items: z.number().optional().describe('Number of items concerned.'),
        keys: list(z.string()).optional().describe('The first of their keys.'),
      }),
    ),
    items: z.number(),
    bytes: z.number(),
    schools: z.number(),
    segments: z.number(),
    survey,
    creates: list(z.string()),
    estimate: z.looseObject({
      stages: list(
        z.object({
          stage: z.enum(STAGES),
          readUnits: z.number(),
          writeUnits: z.number(),
          seconds: z.number(),
        }),
      ),
      readUnits: z.number(),
      writeUnits: z.number(),
      seconds: z.number().describe('From the start to the flip.'),
      fenceMs: z.number(),
      usd: z.record(z.string(), z.number()),
      pricesAsOf: z.string(),
    }),
  }),
);

export const difference = z.object({
  key: z.string(),
  kind: z
    .enum(['missing', 'extra', 'different'])
    .describe('missing: only on the source; extra: only on the target; different: on both.'),
  source: z.string().optional().describe('SHA-256 of the item, in hex.'),
  target: z.string().optional().describe('SHA-256 of the item, in hex.'),
});
export const checksum = z.object({ items: z.number(), bytes: z.number(), checksum: z.string() });

const ms = z.number().optional();

/** A report is printed as it was saved, so that its checksum matches. */
export const report = taking<Report>(
  z
    .looseObject({
      migrationId: z.string(),
      tenantId: z.string(),
      outcome: status,
      attempts: z.int(),
      source: location,
      target: targetLocation,
      verified: z.looseObject({ source: checksum, target: checksum, changed: z.number() }).optional(),
      keptSource: z
        .looseObject({
          atFlip: checksum,
          afterHold: checksum.optional(),
          expiringItems: z
            .number()
            .describe('Number of items that may expire, which both checksums leave out.'),
        })
        .optional(),
      differences: list(difference.loose()),
      differing: z.number(),
      foreign: list(difference.loose()),
      pastLeases: z.looseObject({ keys: list(z.string()), total: z.number() }).optional(),
      cutovers: z.int(),
      durations: z
        .looseObject({
          ...{ provision: ms, copy: ms, registry: ms, flip: ms, cleanUp: ms },
          ...{ toFlipMs: ms, operatorWaitMs: ms, fenceMs: ms, reverseFenceMs: ms },
          ...{ fencedMs: z.number(), totalMs: z.number() },
        })
        .describe('In ms. toFlipMs leaves out operatorWaitMs; stages and totalMs include it.'),
      units: z.looseObject({
        ...{ survey: units, copy: units, verify: units, cleanUp: units, apply: units, discard: units },
      }),
      predicted: z
        .looseObject({
          items: z.number(),
          toFlipMs: z.number(),
          readUnits: z.number(),
          writeUnits: z.number(),
          fenceMs: z.number(),
        })
        .optional(),
      indexes: list(z.looseObject({ index: z.string() })).optional(),
      notes: list(z.string()),
      closedAt: z.iso.datetime(),
      sha256: z.string(),
    })
    .describe('sha256 is the SHA-256 of the other fields, as JSON with sorted keys.'),
);

export const tenant = z.object({
  tenantId: z.string(),
  name: z.string().describe('Display name.'),
  nameReason: z.string().optional().describe('Reason of the last change of the name.'),
  tier: z.string(),
  placement,
  table: z.string(),
  maxSchools: z.number().optional().describe('Absent if there is no limit.'),
  schoolCount: z.number(),
  schoolCountedAt: time,
  autoMigrate: z.literal('off').optional(),
  pinnedTier: z.string().optional(),
  wantsDedicated: z.literal(true).optional(),
  preferencesReason: z.string().optional().describe('Reason of the last change of the preferences.'),
  createdAt: time,
  createdBy: z.string(),
  createdReason: z.string().optional(),
  updatedAt: time,
  updatedBy: z.string(),
  lockedBy: z.string().optional().describe('The migration that holds the tenant lock.'),
  pending: location.extend({ maxSchools: z.number().optional() }).optional(),
  removal: z
    .object({ startedAt: time, startedBy: z.string(), reason: z.string().optional() })
    .optional()
    .describe('Present while the tenant is being removed.'),
});

export const removedTenant = z.object({
  tenantId: z.string(),
  tier: z.string(),
  placement,
  table: z.string().describe('The table in which the tenant lived.'),
  removedAt: time,
  removedBy: z.string(),
  reason: z.string().optional(),
  itemsDeleted: z.number(),
  backup: z
    .string()
    .optional()
    .describe("ARN of the table's backup from before the deletion; `none` on an engine without backups."),
  isTableDropped: z.literal(true).optional().describe('Present if the dedicated table was deleted.'),
});

export const route = z.object({
  tenantId: z.string(),
  protocol: z
    .number()
    .optional()
    .describe('Number of the protocol that routers must follow. Absent for 1 in routes of earlier versions.'),
  table: z.string().describe('The live table.'),
  epoch: z.number(),
  writes: z.enum(['open', 'fenced']),
  leaseMs: z.number(),
  fence: z.object({ migrationId: z.string(), deadline: time }).optional(),
});

export const tierTable = z.object({
  table: z.string(),
  tier: z.string(),
  placement,
  tenantId: z.string().optional().describe('Present for a dedicated table only.'),
  freeSlots: z.number(),
  tenants: z.number(),
  reserved: z.number(),
  departing: z.number(),
  state: z.enum(['active', 'retiring', 'dropping', 'dropped']),
  createdBy: z.string().optional(),
  isAdopted: z.literal(true).optional(),
  operatorNote: z
    .object({ by: z.string(), reason: z.string(), at: time })
    .optional()
    .describe('The last operator who has added, retired or reinstated the table.'),
});

export const stays = z.object({ tenantId: z.string(), reason: z.string(), next: nextIfKnown });
export const moved = z.object({
  requested: list(z.string()),
  moved: list(z.string()),
  stays: list(stays),
});
export const manualAction = z.object({ tenantId: z.string(), reason: z.string() });

export const decision = z.object({
  kind: z.enum(['stay', 'move', 'manualAction']),
  tier: z.string().optional(),
  dedicated: z.boolean().optional(),
  reason: z.string(),
});

export const finding = z.object({
  id: z.string(),
  severity: z.enum(['stop', 'wrong', 'leftOver']),
  tenantId: z.string().optional(),
  migrationId: z.string().optional(),
  table: z.string().optional(),
  what: z.string(),
  next: z.intersection(
    NextStep,
    z.object({ command: z.string().optional().describe('The action as a command; absent for `by-hand`.') }),
  ),
});
