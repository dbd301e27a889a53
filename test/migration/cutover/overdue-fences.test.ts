import { expect, test } from 'vitest';
import { reopenOverdueFences } from '../../../functions/migration/cutover/overdue-fences.ts';
import { RecordDamaged, Throttled, Unavailable } from '../../../functions/migration/errors.ts';
import type { Status } from '../../../functions/migration/life-cycle.ts';
import { epochMs, type MigrationId, type RoutingEpoch } from '../../../functions/migration/names.ts';
import { altered } from '../../support/altered.ts';
import { fakePorts } from '../../support/fake-ports.ts';
import { aMigration, aRoute } from '../../support/records.ts';

const world = () => {
  const ports = fakePorts();
  const now = ports.clock.now();
  /** A tenant whose route is fenced until `leftMs` from now, by its own migration by default. */
  const fenced = async (leftMs: number, status: Status = 'cuttingOver', by?: MigrationId) => {
    const migration = aMigration({ status });
    await ports.migrations.create(migration);
    const { migrationId, tenantId } = migration;
    const fence = { migrationId: by ?? migrationId, deadline: epochMs(now + leftMs) };
    ports.routes.records.set(
      tenantId,
      aRoute({ tenantId, table: migration.source.table, writes: 'fenced', leaseMs: 1_000, fence }),
    );
    return migration;
  };
  const routeOf = ({ tenantId }: { tenantId: ReturnType<typeof aMigration>['tenantId'] }) =>
    ports.routes.records.get(tenantId);
  return { ports, fenced, routeOf };
};

test('F9: overdue fences of a cutover, a rollback or a dead execution are reopened without an execution', async () => {
  const { ports, fenced, routeOf } = world();
  const overdue = [await fenced(0), await fenced(-1), await fenced(-60_000, 'rollingBack')];
  const early = await fenced(1);
  const before = routeOf(early);
  const reopened = await reopenOverdueFences(ports);
  expect([...reopened].sort()).toEqual(overdue.map(({ migrationId }) => migrationId).sort());
  // the lease stays short for the next try
  for (const migration of overdue)
    expect(routeOf(migration)).toEqual(
      aRoute({
        tenantId: migration.tenantId,
        table: migration.source.table,
        epoch: 2 as RoutingEpoch,
        leaseMs: 1_000,
      }),
    );
  expect(routeOf(early)).toEqual(before);
  expect(ports.metrics.given).toEqual(overdue.map(() => ({ FenceOverdue: 1 })));
  expect(await reopenOverdueFences(ports)).toEqual([]);
});

test("F9: one tenant's error prevents neither the reopening of another tenant's fence nor the caller's work", async () => {
  const { ports, fenced, routeOf } = world();
  const [first, broken, last] = [await fenced(-1), await fenced(-1), await fenced(-1)] as const;
  for (const error of [new TypeError('damaged record'), new Throttled('too many requests')]) {
    const routes = altered(ports.routes, {
      get: async (tenantId) => {
        if (tenantId === broken.tenantId) throw error;
        return ports.routes.get(tenantId);
      },
    });
    await reopenOverdueFences({ ...ports, routes });
    expect([first, broken, last].map((one) => routeOf(one)?.writes)).toEqual(['open', 'fenced', 'open']);
  }
  expect(await reopenOverdueFences(ports)).toEqual([broken.migrationId]);
});

test('F9: if the list fails, the fences that it returned before are still reopened', async () => {
  const { ports, fenced, routeOf } = world();
  const shown = await fenced(-1);
  const routes = altered(ports.routes, {
    async *fenced() {
      yield* ports.routes.fenced();
      throw new Throttled('too many requests');
    },
  });
  await reopenOverdueFences({ ...ports, routes });
  expect(routeOf(shown)?.writes).toBe('open');
  const none = altered(ports.routes, {
    fenced: () => {
      throw new Unavailable('no answer');
    },
  });
  expect(await reopenOverdueFences({ ...ports, routes: none })).toEqual([]);
});

test('a damaged or missing record of the migration keeps no tenant fenced', async () => {
  const { ports, fenced, routeOf } = world();
  const [damaged, missing] = [await fenced(-1), await fenced(-1, 'copying', 'mig-gone' as MigrationId)];
  const migrations = altered(ports.migrations, {
    async *list() {},
    get: async (migrationId) => {
      throw new RecordDamaged({ table: 'migrations', key: migrationId, field: 'attempt' });
    },
  });
  await reopenOverdueFences({ ...ports, migrations });
  expect([damaged, missing].map((one) => routeOf(one)?.writes)).toEqual(['open', 'open']);
});

test('F9: a flip at the same moment wins, and its route stays', async () => {
  const { ports, fenced, routeOf } = world();
  const migration = await fenced(-1);
  const target = aRoute({ tenantId: migration.tenantId, epoch: 2 as RoutingEpoch });
  const routes = altered(ports.routes, {
    get: async (tenantId) => {
      const read = await ports.routes.get(tenantId);
      ports.routes.records.set(tenantId, target);
      return read;
    },
  });
  expect(await reopenOverdueFences({ ...ports, routes })).toEqual([]);
  expect(routeOf(migration)).toEqual(target);
  expect(ports.metrics.given).toEqual([]);
});
