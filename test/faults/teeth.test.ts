import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Clock } from '../../functions/migration/clock-port.ts';
import type { Item } from '../../functions/migration/items/items.ts';
import { lastSentinelKey } from '../../functions/migration/items/sentinel.ts';
import { entityKey, epochMs, type TableName, type TenantId } from '../../functions/migration/names.ts';
import type { Ports } from '../../functions/migration/ports.ts';
import { altered } from '../support/altered.ts';
import { INVOKE, STREAMS } from './calls.ts';
import type { FaultName } from './faults.ts';
import { runTrial } from './run.ts';
import { SCENARIOS, type Scenario } from './scenarios.ts';
import type { Plant } from './subject.ts';
import { startWorld, type World } from './world.ts';

const [TO_SHARED] = SCENARIOS;
/** A key that the application never writes. */
const UNTOUCHED = entityKey('STUDENT#000020');
const PATIENCE = { retries: 3, ms: 60_000 };

/** A flaw in one state's ports, with the violation that must be found. */
interface Flaw {
  readonly what: string;
  readonly in: string | readonly string[];
  readonly flawed: (ports: Ports) => Ports;
  readonly plants?: readonly Plant[];
  readonly found: RegExp;
}

/** Runs the flaw right after the registry was confirmed: the tenant lives on the target, and the source is kept. */
const afterConfirm =
  (damage: (ports: Ports, tenantId: TenantId) => Promise<unknown>): Flaw['flawed'] =>
  (ports) => ({
    ...ports,
    registry: {
      ...ports.registry,
      async confirmMove(migration, now) {
        await ports.registry.confirmMove(migration, now);
        await damage(ports, migration.tenantId);
      },
    },
  });
const [SOURCE, TARGET] = ['saas-tenant-data-basic', 'saas-tenant-data-advanced'] as TableName[] as [
  TableName,
  TableName,
];
const itemOf = (tenantId: TenantId, key: string): Item => ({
  tenantId: { S: tenantId },
  entityKey: { S: key },
});
const calls = (state: string, operation: string, tables: string) => ({
  state,
  operation,
  tables,
  ordinal: 1,
});

const FLAWS: readonly Flaw[] = [
  {
    what: 'an item is deleted',
    in: 'ConfirmRegistry',
    flawed: afterConfirm((ports, tenantId) =>
      ports.partition(tenantId).write(TARGET, { puts: [], deletes: [UNTOUCHED] }),
    ),
    found: /^I2: STUDENT#000020 is missing/m,
  },
  {
    what: 'a deleted item comes back',
    in: 'ConfirmRegistry',
    flawed: afterConfirm((ports, tenantId) =>
      ports.partition(tenantId).write(TARGET, { puts: [itemOf(tenantId, 'DEAD#1')], deletes: [] }),
    ),
    found: /^I2: DEAD#1 is too much/m,
  },
  {
    what: 'the last write of the application is dropped',
    in: 'ConfirmRegistry',
    flawed: afterConfirm((ports, tenantId) =>
      ports.partition(tenantId).write(TARGET, {
        puts: ['NEW#1', 'ZZZ#1'].map((key) => ({ ...itemOf(tenantId, key), value: { S: 'long ago' } })),
        deletes: [],
      }),
    ),
    found: /^I3: .* is not linearizable/m,
  },
  {
    what: 'another tenant is written',
    in: 'CopySegment',
    flawed: (ports) => ({
      ...ports,
      partition: (tenantId) => ({
        ...ports.partition(tenantId),
        async write(table, batch, signal) {
          const neighbour = 'neighbour-2' as TenantId;
          const damage = { puts: [itemOf(neighbour, 'STUDENT#000010')], deletes: [] };
          await ports.partition(neighbour).write(TARGET, damage);
          return ports.partition(tenantId).write(table, batch, signal);
        },
      }),
    }),
    found: /^I4: CopySegment calls BatchWriteItem for neighbour-2/m,
  },
  {
    what: 'a fence is abandoned, and no watchdog reopens it',
    in: ['WatchFence', 'AdmitQueued'],
    flawed: (ports) => ({
      ...ports,
      routes: { ...ports.routes, compareAndSet: () => Promise.resolve() },
    }),
    // the proof of capture takes two calls before the fence
    plants: [{ at: { ...calls('CutOver', 'BatchWriteItem', 'source'), ordinal: 3 }, fault: 'kill' }],
    found: /I5: the fence stays/,
  },
  {
    what: 'the source is deleted as soon as the tenant has moved',
    in: 'ConfirmRegistry',
    flawed: afterConfirm((ports, tenantId) =>
      ports.partition(tenantId).write(SOURCE, { puts: [], deletes: [UNTOUCHED] }),
    ),
    found: /^I6: /m,
  },
  {
    what: 'sentinels are left behind',
    in: 'ReleaseSource',
    flawed: (ports) => ({
      ...ports,
      registry: {
        ...ports.registry,
        async releaseSource(migration) {
          await ports.registry.releaseSource(migration);
          const { tenantId } = migration;
          const left = itemOf(tenantId, lastSentinelKey('left'));
          await ports.partition(tenantId).write(TARGET, { puts: [left], deletes: [] });
        },
      },
    }),
    found: /left: the number of sentinels/,
  },
];

describe('damage is found:', () => {
  let flaw: Flaw | undefined;
  let world: World;
  beforeAll(async () => {
    world = await startWorld('fenced', (state, ports) =>
      [flaw?.in].flat().includes(state) ? (flaw?.flawed(ports) ?? ports) : ports,
    );
  });
  afterAll(() => world?.stop());

  test.each(FLAWS)('$what', { timeout: 180_000 }, async (planted) => {
    if (!TO_SHARED) throw new Error('there is no scenario');
    flaw = planted;
    const { wrongs } = await runTrial(
      world,
      { scenario: TO_SHARED, plants: planted.plants ?? [], slowMs: 0, seed: 'teeth' },
      { patience: PATIENCE },
    );
    flaw = undefined;
    expect(wrongs.join('\n')).toMatch(planted.found);
  });

  test('nothing is found without damage', { timeout: 180_000 }, async () => {
    if (!TO_SHARED) throw new Error('there is no scenario');
    const { wrongs } = await runTrial(world, { scenario: TO_SHARED, plants: [], slowMs: 0, seed: 'teeth' });
    // the neighbour that an earlier flaw has damaged is still damaged
    expect(wrongs.filter((wrong) => !wrong.includes('neighbour-2'))).toEqual([]);
  });
});

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
  at: calls(state, operation, tables),
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
    plant: at('CatchUp', 'BatchWriteItem', 'target', 'beyondFlip'),
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
