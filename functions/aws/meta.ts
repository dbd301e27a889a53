import * as z from 'zod';
import { Conflict } from '../migration/errors.ts';
import { STATUSES, statusWords } from '../migration/life-cycle.ts';
import {
  type CaptureProof,
  type Migration,
  STAGES,
  TargetLocation,
  TenantLocation,
} from '../migration/migration.ts';
import type { EpochMs, MigrationId, RoutingEpoch, TenantId, WriteUnits } from '../migration/names.ts';
import { NextStep } from '../migration/next-action.ts';
import { named } from '../migration/record-fields.ts';
import type { TransactionActions } from './records.ts';
import { sameFieldsAs } from './same-fields.ts';

export const META = 'META';

/**
 * Makes a condition of a transaction: the migration still has the status and attempt with which it was read.
 * @param also values that further fields must have.
 */
export const metaUnchanged = (
  table: string,
  { migrationId, status, attempt }: Migration,
  also: Readonly<Record<string, string>> = {},
): TransactionActions[number] => {
  const wanted = { status, attempt, ...also };
  const fields = Object.keys(wanted);
  return {
    ConditionCheck: {
      TableName: table,
      Key: { migrationId, part: META },
      ConditionExpression: fields.map((field) => `#${field} = :${field}`).join(' AND '),
      ExpressionAttributeNames: Object.fromEntries(fields.map((field) => [`#${field}`, field])),
      ExpressionAttributeValues: Object.fromEntries(
        Object.entries(wanted).map(([field, value]) => [`:${field}`, value]),
      ),
    },
  };
};

const time = named.number<EpochMs>();

const phaseMs = z.number().optional();

const fencePhases = z.object({
  ...{ leasesOut: phaseMs, sentinels: phaseMs, drained: phaseMs, compared: phaseMs },
});

const stageTimes = z
  .record(z.enum(STAGES), z.object({ startedAt: time.optional(), endedAt: time.optional() }))
  .transform((stages) => {
    const startedStage: Migration['stages'] = {};
    for (const stage of STAGES) {
      const { startedAt, endedAt } = stages[stage];
      if (startedAt !== undefined) startedStage[stage] = { startedAt, endedAt };
    }
    return startedStage;
  });

export const Latest = z.object({ latest: named.text<MigrationId>() });

const captureProof = z
  .object({
    stream: z.string(),
    reader: z.string(),
    provedAt: time,
    tookMs: z.number(),
    asked: z.object({ nonce: z.string(), at: time, since: time }).optional(),
  })
  .apply(sameFieldsAs<CaptureProof>());

const failure = z.object({
  error: z.string(),
  cause: z.string(),
  at: time,
  // another version's action must not make the record unreadable
  next: NextStep.optional().catch(undefined),
});

const stepFailure = failure.extend({ attempt: z.number(), isRetried: z.literal(true).optional() });

export const Meta = z
  .object({
    migrationId: named.text<MigrationId>(),
    tenantId: named.text<TenantId>(),
    source: TenantLocation,
    target: TargetLocation,
    status: z.enum(STATUSES),
    attempt: z.number().int().positive(),
    dryRun: z.boolean(),
    paused: z.boolean(),
    cutoverHeld: z.boolean(),
    controlledAt: time.optional(),
    operatorWaitMs: z.number().optional(),
    waitsForOperatorSince: time.optional(),
    writeUnitsPerSecond: z.number().optional(),
    readUnitsPerSecond: z.number().optional(),
    requestedBy: z.string(),
    requestedAt: time,
    reason: z.string(),
    urgent: z.literal(true).optional(),
    retryOf: named.text<MigrationId>().optional(),
    holdMs: z.number(),
    routeEpoch: named.number<RoutingEpoch>(),
    registryChange: z.enum(['none', 'reserved', 'pending', 'confirmed', 'released']),
    locked: z.boolean(),
    cancellation: z
      .object({ by: z.string(), reason: z.string(), endedPause: z.literal(true).optional() })
      .optional(),
    failure: failure.optional(),
    stepFailure: stepFailure.optional(),
    rollbackStepFailure: stepFailure.optional(),
    convergence: z
      .object({
        since: time,
        backlog: z.number(),
        journalledPerSecond: z.number(),
        appliedPerSecond: z.number(),
        notConverging: z.boolean(),
      })
      .optional(),
    longLeasesOutAt: time.optional(),
    lateCallsOutAt: time.optional(),
    lateSentinelsOutAt: time.optional(),
    staleReadsOutAt: time.optional(),
    cutovers: z.number().default(0),
    cutoverFailure: failure.extend({ keysPastLeases: z.number() }).optional(),
    cutoversPastLeases: z.number().optional(),
    fences: z
      .object({
        ...{ totalMs: z.number(), forwardMs: z.number().optional(), reverseMs: z.number().optional() },
        ...{ forwardPhases: fencePhases.optional(), reversePhases: fencePhases.optional() },
      })
      .optional(),
    applyWriteUnits: named.number<WriteUnits>().optional(),
    discardWriteUnits: named.number<WriteUnits>().optional(),
    applyThrottles: z.number().optional(),
    discardThrottles: z.number().optional(),
    stages: stageTimes,
    fencedAt: time.optional(),
    flippedAt: time.optional(),
    reverseFlippedAt: time.optional(),
    comparison: z
      .object({
        round: z.number(),
        ended: z.number().optional(),
        direction: z.enum(['forward', 'reverse']),
        begunAt: time,
        reason: z.enum(['first', 'gap', 'touched']),
        overflow: z.number().optional(),
      })
      .optional(),
    proofs: z.object({ source: captureProof.optional(), target: captureProof.optional() }).optional(),
    gap: z.object({ at: time, reason: z.string() }).optional(),
    targetComparedAt: time.optional(),
    rollbackStoppedIn: z.number().int().positive().optional(),
    keptComparedAt: time.optional(),
    tableGoneIn: z.number().int().positive().optional(),
    finalBackup: z.string().optional(),
    updatedAt: time,
  })
  .apply(sameFieldsAs<Migration>());

/** The migration's record has changed since it was read, by another step or attempt. */
export const movedOn = ({ migrationId, status, attempt }: Migration): Conflict =>
  new Conflict(`${migrationId} is no longer ${statusWords(status)} in attempt ${attempt}`);
