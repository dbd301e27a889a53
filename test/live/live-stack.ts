import * as z from 'zod';
import type { MigrationId, TenantId } from '../../functions/migration/names.ts';
import type { Ports } from '../../functions/migration/ports.ts';
import { type Stack, startStack } from '../../scripts/local/stack.ts';
import { createTierTables } from '../../scripts/local/tier-tables.ts';
import { functionStates } from '../../state-machines/machines.ts';
import { failingStep, type Plant } from '../support/failing-step.ts';
import { behind, ShardedStreams } from '../support/shards/sharded-streams.ts';
import { SHORT_WAITS } from '../support/short-waits.ts';
import { withTableKeys } from '../support/table-keys.ts';
import { openDatabase } from '../support/warm-engine.ts';
import { INDEX } from './index-reads.ts';

export const MAX_FENCE_MS = 5_000;
/** Leases that are long enough for a router on a busy machine to read a route in time. */
const LEASES = { leaseMs: 1_000, cutoverLeaseMs: 500, leaseGraceMs: 100 };
/** Short polls of the watchdog, so that it reopens an overdue fence while the cutover is about to flip. */
const WAITS = { ...SHORT_WAITS, WaitForDeadline: 100 };
/** Time between two tries of a step, in ms. */
const RETRY_MS = 300;
const RETRIES = Object.fromEntries(
  [...functionStates('tier-migration'), ...functionStates('rollback')].map((state) => [state, RETRY_MS]),
);

/** Streams of several shards, which split and have different lags. */
const SHARDS = { shards: 4, mostLagMs: 250, splitsAfter: { least: 60, most: 400 }, redeliveredShare: 0.02 };

/** Faults planted for one tenant. */
export interface Faults {
  /** A state that fails every time it runs. */
  readonly fails?: Plant;
  /** A state with other ports. */
  readonly alters?: { readonly state: string; readonly change: (ports: Ports) => Ports };
}

export interface LiveStack extends Stack {
  /** Replaces the tenant's faults. */
  disturb(tenantId: string, faults?: Faults): void;
  /** Delivers no changes for a time in ms, as if the stream handler were down. */
  pauseStreams(ms: number): Promise<void>;
}

const Event = z.object({ migrationId: z.string().transform((id) => id as MigrationId) });

/** Starts a stack on which several tenants are moved at once, each with its own faults. */
export const startLiveStack = async (settings: object = {}, seed = 'live'): Promise<LiveStack> => {
  const faults = new Map<string, Faults>();
  const tenants = new Map<MigrationId, TenantId>();
  const tenantOf = async (ports: Ports, event: unknown): Promise<string> => {
    const { data } = Event.safeParse(event);
    if (!data) return '';
    const known = tenants.get(data.migrationId);
    if (known) return known;
    const tenantId = (await ports.migrations.get(data.migrationId))?.tenantId;
    if (tenantId) tenants.set(data.migrationId, tenantId);
    return tenantId ?? '';
  };
  const shards = new ShardedStreams({ seed, ...SHARDS });
  const database = await openDatabase();
  const stack = await startStack({
    ...database.options,
    settings: {
      ...LEASES,
      claimMs: 4_000,
      maxFenceMs: MAX_FENCE_MS,
      pageItems: 40,
      // one index only: the engine has two cores at most, and serves the clients too
      tableDesign: { ...withTableKeys(), indexes: [INDEX] },
      ...settings,
    },
    countsSchools: false,
    overrides: { waits: WAITS, retries: RETRIES },
    wrapHandler: behind(shards, (name, run) => async (ports, event, context) => {
      const { fails, alters } = faults.get(await tenantOf(ports, event)) ?? {};
      const altered = alters?.state === name ? alters.change(ports) : ports;
      return (fails?.state === name ? failingStep(run, fails) : run)(altered, event, context);
    }),
  });
  await createTierTables(stack);
  let pauses = 0;
  return {
    ...stack,
    disturb: (tenantId, given = {}) => {
      faults.set(tenantId, given);
    },
    async pauseStreams(ms) {
      pauses += 1;
      stack.streams.pause();
      await stack.ports.clock.sleep(ms);
      pauses -= 1;
      if (pauses === 0) stack.streams.resume();
    },
    async stop() {
      await shards.stop();
      await stack.stop();
      await database.release();
    },
  };
};
