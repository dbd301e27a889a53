import * as z from 'zod';
import type { Slice } from '../migration/clock-port.ts';
import { ForeignWrite, SourceChangedAfterFlip, VerificationMismatch } from '../migration/errors.ts';
import type { Migration } from '../migration/migration.ts';
import { epochMs, type MigrationId, type SegmentNumber } from '../migration/names.ts';
import type { Ports } from '../migration/ports.ts';
import { migrationNotFound } from '../migration/record/find-migration.ts';
import { forwardGuard, rollbackGuard } from '../migration/record/guard.ts';
import { type FailingSteps, stepFailureOf } from '../migration/step-failure.ts';
import { portsFromEnv } from './ports.ts';

type JsonValue = null | boolean | number | string | JsonValue[] | { [key: string]: JsonValue | undefined };

/** The part of Lambda's context that a handler uses. */
export interface LambdaContext {
  /** ms until Lambda ends the function. */
  getRemainingTimeInMillis(): number;
  readonly awsRequestId: string;
}

/** A Lambda handler. `run` does the same with given ports, for the embedded stack and for tests. */
export interface StepHandler {
  (event: unknown, context: LambdaContext): Promise<JsonValue>;
  run(ports: Ports, event: unknown, context: LambdaContext): Promise<JsonValue>;
}

/** The input of every step. Other fields of the state are ignored. */
export const StepInput = z.object({
  migrationId: z.string().transform((id) => id as MigrationId),
  attempt: z.number().int().positive(),
});
export const SegmentInput = StepInput.extend({
  segment: z
    .number()
    .int()
    .min(0)
    .transform((n) => n as SegmentNumber),
});
/** The input after a Catch, which adds the error. */
export const FailureInput = StepInput.extend({
  failure: z.object({ Error: z.string(), Cause: z.string().default('') }).optional(),
});

/** The ports of this process: a Lambda keeps its connections between invocations. */
let portsOfThisProcess: Ports | undefined;

/** Makes a handler that Lambda calls, with ports from its environment. */
export const handlerOf = (run: StepHandler['run']): StepHandler =>
  Object.assign(
    (event: unknown, context: LambdaContext) => {
      portsOfThisProcess ??= portsFromEnv();
      return run(portsOfThisProcess, event, context);
    },
    { run },
  );

/** The input of the watchdog. */
export const WatchInput = StepInput.extend({
  watchedSince: z.iso.datetime().transform((time) => epochMs(Date.parse(time))),
});

/** Time reserved for saving the cursor and returning, in ms. */
const MARGIN_MS = 5_000;

/** Returns the slice of an invocation: the time until which it works. */
export const sliceDeadlineOf = (
  { settings, clock }: Pick<Ports, 'settings' | 'clock'>,
  context: LambdaContext,
): Slice => ({
  deadline:
    clock.monotonic() +
    Math.min(settings.sliceMs, Math.max(context.getRemainingTimeInMillis() - MARGIN_MS, 0)),
});

/** Errors for sides that differ without a change that explains it. */
const MISMATCH_ERRORS = [VerificationMismatch, ForeignWrite, SourceChangedAfterFlip];

type Step<Input> = (
  ports: Ports,
  migration: Migration,
  input: Input,
  slice: Slice,
) => Promise<JsonValue | undefined> | Promise<void>;

/** Records why a step failed, for the state that catches the error of a Map. Never throws, so that the step's error is kept. */
const recordStepFailure = async (
  ports: Ports,
  { migrationId }: Migration,
  { steps, attempt }: { readonly steps: FailingSteps; readonly attempt: number },
  error: unknown,
): Promise<void> => {
  const failure = stepFailureOf(error, attempt, ports.clock.now());
  if (!failure) return;
  try {
    await ports.migrations.noteStepFailure(migrationId, steps, failure);
  } catch (unnoted) {
    ports.log.warn(
      { migrationId, error: unnoted instanceof Error ? unnoted.name : 'unknown' },
      'the reason of a failed step was not recorded',
    );
  }
};

/** Makes handlers that check a guard first. @param steps absent for a step whose failure is not a failure of the migration */
const withFailureNoted =
  (guard: (migration: Migration, attempt: number) => void, steps?: FailingSteps) =>
  <Input extends z.output<typeof StepInput>>(schema: z.ZodType<Input>, step: Step<Input>): StepHandler => {
    const run = async (ports: Ports, event: unknown, context: LambdaContext): Promise<JsonValue> => {
      const input = schema.parse(event);
      const migration = await ports.migrations.get(input.migrationId);
      if (!migration) throw migrationNotFound(input.migrationId);
      const started = ports.clock.monotonic();
      const fields = {
        migrationId: migration.migrationId,
        tenantId: migration.tenantId,
        attempt: input.attempt,
        status: migration.status,
        requestId: context.awsRequestId,
      };
      try {
        guard(migration, input.attempt);
        const result = await step(ports, migration, input, sliceDeadlineOf(ports, context));
        ports.log.info({ ...fields, ms: Math.round(ports.clock.monotonic() - started) }, 'step done');
        return result ?? null;
      } catch (error) {
        if (MISMATCH_ERRORS.some((mismatch) => error instanceof mismatch))
          ports.metrics.put({ ChecksumMismatches: 1 }, migration);
        ports.log.warn({ ...fields, error: error instanceof Error ? error.name : 'unknown' }, 'step failed');
        if (steps) await recordStepFailure(ports, migration, { steps, attempt: input.attempt }, error);
        throw error;
      }
    };
    return handlerOf(run);
  };

/**
 * Makes the handler of a forward step. It refuses to act for an earlier attempt, or if the migration is cancelled or being
 * rolled back.
 */
export const forwardStep = withFailureNoted(forwardGuard, 'forward');
/** Makes the handler of a watchdog, which acts for any attempt. */
export const watchdogStep = withFailureNoted(() => {});
/** Makes the handler of a rollback step. It refuses to act only for an earlier attempt. */
export const rollbackStep = withFailureNoted(rollbackGuard, 'rollback');
