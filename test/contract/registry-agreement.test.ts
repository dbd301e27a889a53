import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Migration } from '../../functions/migration/migration.ts';
import { epochMs } from '../../functions/migration/names.ts';
import type { Ports } from '../../functions/migration/ports.ts';
import { fakePorts } from '../support/fake-ports.ts';
import { aMigration, aRoute, aTable, aTenant } from '../support/records.ts';
import { realPorts } from '../support/worlds.ts';

let world: Awaited<ReturnType<typeof realPorts>>;
beforeAll(async () => {
  world = await realPorts();
});
afterAll(() => world?.stop());

const MOVE = ['lock', 'reserve', 'pend', 'confirm', 'release'] as const;
const STEPS = [...MOVE, 'unlock', 'undo', 'turn back', 'next attempt'] as const;
type Step = (typeof STEPS)[number];
interface Turn {
  /** Index of one of the two migrations. */
  readonly who: number;
  /** `onward` is the next step of a migration. */
  readonly step: Step | 'onward';
  /** The step with the migration's record as it was at the beginning. */
  readonly isStale: boolean;
}
const arbitrarySteps: fc.Arbitrary<Turn[]> = fc.array(
  fc.record({
    who: fc.nat(1),
    step: fc.oneof(fc.constant('onward' as const), fc.constantFrom(...STEPS)),
    isStale: fc.boolean(),
  }),
  { minLength: 1, maxLength: 20 },
);
/**
 * Orders that must be among those tried: a whole migration, each step twice and stale the second time, then another
 * migration's.
 */
const WHOLE_MOVE: Turn[] = [0, 1].flatMap((who) =>
  MOVE.flatMap((step) => [false, true].map((isStale) => ({ who, step, isStale }))),
);
const onward = ({ locked, registryChange }: Migration): Step => {
  if (!locked) return 'lock';
  return (
    {
      none: 'reserve',
      reserved: 'pend',
      pending: 'confirm',
      confirmed: 'release',
      released: 'unlock',
    } as const
  )[registryChange];
};

/** Two tenants in one table, whose migrations want the one free slot in another. */
const scene = () => {
  const from = aTable({ freeSlots: 2 });
  const to = aTable({ freeSlots: 1 });
  const movers = [0, 1].map(() => {
    const tenant = aTenant({ table: from.table });
    const migration = aMigration({
      tenantId: tenant.tenantId,
      status: 'provisioning',
      source: { tier: from.tier, placement: from.placement, table: from.table },
    });
    return { tenant, route: aRoute({ tenantId: tenant.tenantId, table: from.table }), migration };
  });
  return { from, to, movers };
};
type Scene = ReturnType<typeof scene>;

const setUp = async ({ registry, migrations }: Ports, { from, to, movers }: Scene) => {
  await registry.addTable(from);
  await registry.addTable(to);
  for (const { tenant, route, migration } of movers) {
    await registry.addTenant(tenant, route);
    await migrations.create(migration);
  }
};

const act = async (ports: Ports, { to }: Scene, step: Step, migration: Migration) => {
  const { registry, migrations } = ports;
  const { tenantId, migrationId, source } = migration;
  const pending = { tier: to.tier, placement: to.placement, table: to.table };
  const event = { who: 'test', reason: 'to see', at: epochMs(1) };
  const steps = {
    lock: () => registry.lockTenant(tenantId, migrationId, source.table),
    unlock: () => registry.unlockTenant(tenantId, migrationId),
    reserve: () => registry.reserveSlot(migration, to.table),
    pend: () => registry.setPending(migration, pending),
    confirm: () => registry.confirmMove(migration, epochMs(5)),
    release: () => registry.releaseSource(migration),
    undo: () => registry.undoReservation(migration),
    'turn back': () => migrations.transition(migration, 'rollingBack', event).then(() => 'turned back'),
    'next attempt': () =>
      migrations.update(migration, { attempt: migration.attempt + 1 }).then(() => 'another attempt'),
  };
  try {
    return await steps[step]();
  } catch (error) {
    return error instanceof Error ? error.name : error;
  }
};

const stateOf = async ({ registry, migrations }: Ports, { from, to, movers }: Scene) => ({
  from: await registry.table(from.table),
  to: await registry.table(to.table),
  tenants: await Promise.all(movers.map(({ tenant }) => registry.tenant(tenant.tenantId))),
  migrations: await Promise.all(
    movers.map(async ({ migration }) => {
      const found = await migrations.get(migration.migrationId);
      return { ...found, updatedAt: undefined };
    }),
  ),
});

/**
 * Free slots are neither lost nor created, and every tenant is counted where it is, where it goes and where it leaves.
 */
const checkOccupancy = ({ from, to, migrations }: Awaited<ReturnType<typeof stateOf>>) => {
  const at = (...changes: string[]) =>
    migrations.filter((one) => changes.includes(one.registryChange ?? '')).length;
  expect(from).toMatchObject({
    tenants: at('none', 'reserved', 'pending'),
    departing: at('confirmed'),
    freeSlots: at('released'),
  });
  expect(to).toMatchObject({
    freeSlots: 1 - at('reserved', 'pending', 'confirmed', 'released'),
    reserved: at('reserved', 'pending'),
    tenants: at('confirmed', 'released'),
  });
};

test('the fake and DynamoDB answer and store the same in any order of steps, and the occupancy is always right', async () => {
  const reached = new Set<string | undefined>();
  await fc.assert(
    fc.asyncProperty(arbitrarySteps, async (turns) => {
      const both = [fakePorts(), world.ports];
      const it = scene();
      for (const ports of both) await setUp(ports, it);
      for (const { who, step, isStale } of turns) {
        const first = it.movers[who]?.migration as Migration;
        const [said, really] = await Promise.all(
          both.map(async (ports) => {
            const now = (await ports.migrations.get(first.migrationId)) ?? first;
            return act(ports, it, step === 'onward' ? onward(now) : step, isStale ? first : now);
          }),
        );
        expect(said, step).toEqual(really);
      }
      const [faked, real] = await Promise.all(both.map((ports) => stateOf(ports, it)));
      expect(faked).toEqual(real);
      if (real) checkOccupancy(real);
      for (const one of real?.migrations ?? []) reached.add(one.registryChange);
    }),
    { numRuns: 25, examples: [[WHOLE_MOVE]] },
  );
  expect([...reached]).toContain('released');
});
