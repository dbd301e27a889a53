import { type Stack, type StackOptions, startStack } from '../../scripts/local/stack.ts';
import type { GivenStrictSettings } from '../../scripts/local/strict/strict-settings.ts';
import { createTierTables } from '../../scripts/local/tier-tables.ts';
import { SHORT_WAITS } from './short-waits.ts';
import { testDatabase } from './test-database.ts';

/**
 * Strict answers and throughput with delays of a few ms, so that each test passes through the intermediate states without
 * long waits. Tests about a delay set it.
 */
export const STRICT = {
  dynamodb: {
    tableCreateMs: 20,
    tableUpdateMs: 20,
    tableDeleteMs: 20,
    indexBackfillMs: 40,
    backupsEnabledMs: 40,
    recoveryVisibleMs: 40,
    backupMs: 40,
    callPeriodMs: 20,
  },
  streams: {
    pollMs: 25,
    quietPollMs: 500,
    mostLatencyMs: 29,
    mappingCreationMs: 5,
    mappingChangeMs: 5,
    firstRecordsMs: 5,
  },
  lambda: { coldStartMs: 2 },
  // tests describe an execution right after its start
  stepFunctions: { describeLagMs: 0 },
} satisfies GivenStrictSettings;

/** With `STRICT_STACKS=1` every test stack is strict, otherwise only some: strictness takes a tenth to a third more CPU time. */
const byDefault = process.env.STRICT_STACKS === '1' ? { strict: STRICT } : {};

/** Starts an embedded stack with a database of its own in the test run's engine, which the stack does not stop. */
export const startTestStack = (options: StackOptions = {}): Promise<Stack> =>
  startStack({ ...testDatabase(), ...byDefault, ...options });

/** Starts a strict stack with tier tables for tests of the strict layer: small pages, and no waits except the layer's. */
export const startStrictStack = async (
  strict: GivenStrictSettings,
  options: Pick<StackOptions, 'wrapHandler'> = {},
): Promise<Stack> => {
  const stack = await startTestStack({
    countsSchools: false,
    overrides: { waits: SHORT_WAITS },
    settings: { pageItems: 40, leaseMs: 1, holdMs: 0 },
    // tests describe an execution right after its start
    strict: { ...strict, stepFunctions: { describeLagMs: 0 } },
    ...options,
  });
  await createTierTables(stack);
  return stack;
};
