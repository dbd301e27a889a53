import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Clock } from '../../functions/migration/clock-port.ts';
import { epochMs } from '../../functions/migration/names.ts';
import type { Ports } from '../../functions/migration/ports.ts';
import { altered } from '../support/altered.ts';
import { firstCall, INVOKE, STREAMS } from './calls.ts';
import type { FaultName } from './faults.ts';
import { runTrial } from './run.ts';
import { SCENARIOS, type Scenario } from './scenarios.ts';
import type { Plant } from './subject.ts';
import { startWorld, type World } from './world.ts';

const PATIENCE = { retries: 3, ms: 60_000 };

/** A flaw that is found only in some runs. */
interface SubtleFlaw {
  readonly what: string;
  readonly scenario: string;
  readonly plant: Plant;
  readonly slowMs: number;
  /** Present if it takes seconds, and belongs to a sample of the campaign. */
  readonly isQuick?: true;
  readonly flawed?: (ports: Ports) => Ports;
  readonly clockOf?: (clock: Clock) => Clock;
}
const TRIES = 8;
const at = (state: string, operation: string, tables: string, fault: FaultName): Plant => ({
  at: firstCall(state, operation, tables),
  fault,
});

const SUBTLE_FLAWS: readonly SubtleFlaw[] = [
  {
    what: 'a lease ends by the monotonic clock alone',
    scenario: 'to a table of its own',
    plant: at('ShortenLease', INVOKE, '', 'suspendedRouter'),
    slowMs: 3_001,
    clockOf: (clock) => ({ ...clock, now: () => epochMs(clock.monotonic()) }),
  },
  {
    what: 'a trimmed stream is not noticed',
    scenario: 'held before the cutover',
    plant: at('waiting', STREAMS, 'own-source', 'trimmed'),
    slowMs: 1_000,
    flawed: (ports) => ({
      ...ports,
      settings: { ...ports.settings, maxProofGapMs: Number.POSITIVE_INFINITY },
    }),
  },
  {
    what: 'a stream that was replaced is not noticed',
    scenario: 'held before the cutover',
    plant: at('waiting', STREAMS, 'own-source', 'replaced'),
    slowMs: 1_000,
    isQuick: true,
    flawed: (ports) => ({
      ...ports,
      streamReaders: altered(ports.streamReaders, {
        captureReader: async () => ({ stream: 'the same', reader: 'the same', isOn: true }),
      }),
      // otherwise the keys that were written before would be compared under the fence
      journal: altered(ports.journal, { touched: async () => [] }),
    }),
  },
  {
    what: 'a sentinel counts as proof for every shard',
    scenario: 'to a table of its own',
    plant: at('CutOver', INVOKE, '', 'lagOfKey'),
    slowMs: 5_000,
    flawed: (ports) => ({ ...ports, journal: altered(ports.journal, { touched: async () => [] }) }),
  },
  {
    what: 'a write that was given up counts as one that never takes effect',
    scenario: 'to a table of its own',
    // the second batch has the keys that nothing writes again before the end
    plant: { at: { ...firstCall('CatchUp', 'BatchWriteItem', 'target'), ordinal: 2 }, fault: 'beyondFlip' },
    slowMs: 1_000,
    isQuick: true,
    flawed: (ports) => ({ ...ports, settings: { ...ports.settings, lateCallMs: 0 } }),
  },
];

describe('damage that needs an adversary is found:', () => {
  let flaw: SubtleFlaw | undefined;
  let world: World;
  beforeAll(async () => {
    world = await startWorld('kept', (_, ports) => flaw?.flawed?.(ports) ?? ports);
  });
  afterAll(() => world?.stop());

  /** Returns the violations of the first run that has any. */
  const wrongsOf = async (scenario: Scenario, { plant, slowMs, clockOf }: SubtleFlaw) => {
    for (let n = 1; n <= TRIES; n += 1) {
      const trial = { scenario, plants: [plant], slowMs, seed: `teeth ${n}` };
      const { wrongs } = await runTrial(world, trial, {
        patience: PATIENCE,
        ...(clockOf ? { clockOf } : {}),
      });
      if (wrongs.length > 0) return wrongs;
    }
    return [];
  };

  const isWhole = process.env.FAULT_RUNS === 'all';
  test.each(SUBTLE_FLAWS.filter(({ isQuick }) => isQuick || isWhole))(
    '$what',
    { timeout: 300_000 },
    async (planted) => {
      const scenario = SCENARIOS.find(({ name }) => name === planted.scenario);
      if (!scenario) throw new Error('there is no such scenario');
      flaw = planted;
      const wrongs = await wrongsOf(scenario, planted);
      flaw = undefined;
      expect(wrongs).not.toEqual([]);
    },
  );
});
