import type { Ports } from '../../functions/migration/ports.ts';
import type { Stack, StackOptions } from '../../scripts/local/stack.ts';
import { createTierTables } from '../../scripts/local/tier-tables.ts';
import { failingStep, type Plant } from './failing-step.ts';
import { behind, type ShardedStreams } from './shards/sharded-streams.ts';
import { SHORT_WAITS } from './short-waits.ts';
import { startTestStack } from './test-stack.ts';

export interface PlantedStack extends Stack {
  /** Names of the states that have run. */
  readonly ran: ReadonlySet<string>;
  /** Inputs of each handler, in order. */
  readonly given: ReadonlyMap<string, readonly unknown[]>;
  /** Replaces all planted failures. */
  plant(...plants: readonly Plant[]): void;
  /** Runs `work` once, before this state runs next. */
  before(state: string, work: () => Promise<void>): void;
  /** Changes a state's ports. Without arguments, restores the real ones for every state. */
  alter(state?: string, change?: (ports: Ports) => Ports): void;
  /** Delays a state by `ms`. Without arguments, removes all delays. */
  delay(state?: string, ms?: number): void;
}

type Options = Pick<StackOptions, 'countsSchools' | 'overrides' | 'strict'> & {
  readonly shards?: ShardedStreams;
};

/**
 * Starts a stack whose handlers fail in the planted states.
 * @param options `shards` distributes captured changes over shards, since the engine's streams have one shard each.
 */
export const startPlantedStack = async (
  settings: object = {},
  { countsSchools = false, overrides, shards, strict }: Options = {},
): Promise<PlantedStack> => {
  let plants: readonly Plant[] = [];
  const works = new Map<string, () => Promise<void>>();
  let delayed: { state?: string | undefined; ms: number } = { ms: 0 };
  let altered: { state?: string | undefined; change?: ((ports: Ports) => Ports) | undefined } = {};
  const ran = new Set<string>();
  const events = new Map<string, unknown[]>();
  const plantAt = (state: string, when: Plant['when']) =>
    plants.find((plant) => plant.state === state && plant.when === when);
  const stack = await startTestStack({
    settings: { pageItems: 40, leaseMs: 1, leaseGraceMs: 5, claimMs: 10_000, ...settings },
    countsSchools,
    ...(strict ? { strict } : {}),
    overrides: { ...overrides, waits: { ...SHORT_WAITS, ...overrides?.waits } },
    wrapHandler: behind(shards, (name, run) => async (ports, event, context) => {
      ran.add(name);
      events.set(name, [...(events.get(name) ?? []), event]);
      const before = plantAt(name, 'before');
      if (before) return failingStep(run, before)(ports, event, context);
      const work = works.get(name);
      works.delete(name);
      await work?.();
      if (delayed.state === name) await ports.clock.sleep(delayed.ms);
      const given = altered.state === name && altered.change ? altered.change(ports) : ports;
      const after = plantAt(name, 'after');
      return (after ? failingStep(run, after) : run)(given, event, context);
    }),
  });
  await createTierTables(stack);
  return {
    ...stack,
    ran,
    given: events,
    plant: (...given) => {
      plants = given;
    },
    before: (state, work) => {
      works.set(state, work);
    },
    alter: (state, change) => {
      altered = { state, change };
    },
    delay: (state, ms = 0) => {
      delayed = { state, ms };
    },
    async stop() {
      await shards?.stop();
      await stack.stop();
    },
  };
};
