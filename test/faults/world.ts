import type { DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import { SFNClient, StopExecutionCommand } from '@aws-sdk/client-sfn';
import { createPorts } from '../../functions/aws/ports.ts';
import type { Item } from '../../functions/migration/items/items.ts';
import type { TableName, TenantId } from '../../functions/migration/names.ts';
import type { Ports } from '../../functions/migration/ports.ts';
import { parseSettings, settingsSchema } from '../../functions/migration/settings/settings.ts';
import type { EngineName } from '../../scripts/local/engines/program.ts';
import { type Stack, startStack } from '../../scripts/local/stack.ts';
import { createTierTables } from '../../scripts/local/tier-tables.ts';
import { functionStates } from '../../state-machines/machines.ts';
import { behind, ShardedStreams } from '../support/shards/sharded-streams.ts';
import { SHORT_WAITS } from '../support/short-waits.ts';
import { withTableKeys } from '../support/table-keys.ts';
import { addTenant } from '../support/tenants.ts';
import { openDatabase } from '../support/warm-engine.ts';
import { FaultInjector } from './fault-injector.ts';
import { LATEST_MS } from './faults.ts';
import type { Subject } from './subject.ts';

const CLAIM_MS = 2_500;
/** Name of the engine; absent for the default one. */
const ENGINE = process.env.FAULT_ENGINE as EngineName | undefined;
/** Tenant limit that admits every tenant of a world. */
const MAX_TENANTS = 1_000;

/** Options of streams without faults. */
const SHARDS = { shards: 3, mostLagMs: 40, splitsAfter: { least: 200, most: 800 }, redeliveredShare: 0.01 };

/** Time of the comparison of all keys: under the fence, or after the flip with the kept source. */
export type Comparison = 'fenced' | 'kept';

const settingsFor = (comparison: Comparison) => ({
  pageItems: 40,
  tableDesign: withTableKeys(),
  leaseMs: 200,
  cutoverLeaseMs: 100,
  leaseGraceMs: 200,
  claimMs: CLAIM_MS,
  maxFenceMs: 6_000,
  captureMs: 20_000,
  holdMs: 0,
  // high limits, so that no migration waits in the queue for a disturbed one
  admission: { total: 100, perSource: 100, perTarget: 100 },
  fencedComparisonMs: comparison === 'fenced' ? 10_000 : 0,
  // calls without an answer take effect within this time
  ...('lateCallMs' in settingsSchema.shape ? { lateCallMs: LATEST_MS + 500 } : {}),
  tiers: [
    { name: 'basic', placement: 'shared', maxSchools: 10, maxTenants: MAX_TENANTS },
    { name: 'advanced', placement: 'shared', maxSchools: 50, maxTenants: MAX_TENANTS },
    { name: 'enterprise', placement: 'dedicated', maxTenants: 1 },
  ],
});

/** Times until a state is retried, in ms: after a transient error, and after an error that another worker has the claim. */
const RETRIES = [30, CLAIM_MS / 3];
const overrides = {
  waits: {
    ...SHORT_WAITS,
    WaitForWorkers: 50,
    WaitForDeadline: 300,
    WaitForLongLeases: 210,
    WaitForLongLeasesReverse: 210,
  },
  retries: Object.fromEntries(
    [...functionStates('tier-migration'), ...functionStates('rollback'), 'WatchFence'].map((state) => [
      state,
      RETRIES,
    ]),
  ),
} as unknown as NonNullable<Parameters<typeof startStack>[0]>['overrides'];

/** A tenant that is not migrated. */
export interface Neighbour {
  readonly tenantId: TenantId;
  readonly table: TableName;
  readonly items: readonly Item[];
}

/** A stack with fault injection. */
export interface World {
  readonly stack: Stack;
  readonly injector: FaultInjector;
  /** Shards of the streams that capture reads. */
  readonly shards: ShardedStreams;
  /** Ports of the operator. Calls within the injector's `asOperator` may fail. */
  readonly operator: Ports;
  readonly neighbours: readonly Neighbour[];
  /** SDK settings by which an application reaches the engine. */
  readonly dynamodb: DynamoDBClientConfig;
  stop(): Promise<void>;
}

/** Starts a world. @param alter changes a state's ports, by its name, to plant flaws that must be found. */
export const startWorld = async (
  comparison: Comparison,
  alter: (state: string, ports: Ports) => Ports = (_, ports) => ports,
): Promise<World> => {
  const given = settingsFor(comparison);
  const settings = parseSettings(given);
  const clients: { sfn?: SFNClient } = {};
  const injector = new FaultInjector(settings, async ({ options }, attempt) => {
    const id = await migrationOf(stack.ports, options);
    const machines = [stack.env.TIERFERRY_STATE_MACHINE_ARN, stack.env.TIERFERRY_ROLLBACK_STATE_MACHINE_ARN];
    for (const machine of id === undefined ? [] : machines) {
      const executionArn = `${machine?.replace(':stateMachine:', ':execution:')}:${id}-${attempt}`;
      await clients.sfn?.send(new StopExecutionCommand({ executionArn })).catch((error: unknown) => {
        if (!(error instanceof Error && error.name === 'ExecutionDoesNotExist')) throw error;
      });
    }
  });
  const shards = new ShardedStreams({ seed: comparison, ...SHARDS });
  const database = await openDatabase(ENGINE);
  const stack = await startStack({
    settings: given,
    ...database.options,
    countsSchools: false,
    ...(overrides ? { overrides } : {}),
    dynamodb: injector.client,
    wrapHandler: behind(shards, (state, run) =>
      injector.wrapHandler(state, (ports, event, context) => run(alter(state, ports), event, context)),
    ),
  });
  const dynamodb = stack.client;
  const sfn = { ...stack.client, endpoint: stack.endpoints.stepFunctions };
  clients.sfn = new SFNClient(sfn);
  const operator = createPorts(settings, {
    dynamodb: { ...dynamodb, ...injector.client },
    sfn: { ...sfn, ...injector.client },
    stateMachineArn: stack.env.TIERFERRY_STATE_MACHINE_ARN,
    rollbackStateMachineArn: stack.env.TIERFERRY_ROLLBACK_STATE_MACHINE_ARN,
    log: stack.ports.log,
  });
  await createTierTables(stack);
  const neighbours = [
    await addTenant(stack.ports, { tenantId: 'neighbour-1', items: 20 }),
    await addTenant(stack.ports, { tenantId: 'neighbour-2', tier: 'advanced', items: 20 }),
  ];
  return {
    stack,
    injector,
    shards,
    operator,
    neighbours,
    dynamodb,
    async stop() {
      clients.sfn?.destroy();
      await shards.stop();
      await stack.stop();
      await database.release();
    },
  };
};

const migrationOf = async (ports: Ports, { tenantId, token }: Subject['options']) => {
  for await (const { migrationId } of ports.migrations.list({ tenantId })) {
    if (migrationId.endsWith(token)) return migrationId;
  }
  return undefined;
};
