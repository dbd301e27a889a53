import { expect, test } from 'vitest';
import { transferOf } from '../../../functions/migration/apply/transfer.ts';
import { checkHold } from '../../../functions/migration/clean-up/check-hold.ts';
import { fenceWrites, flipRoute } from '../../../functions/migration/cutover/fence.ts';
import { shortenLease } from '../../../functions/migration/cutover/shorten-lease.ts';
import { Unavailable } from '../../../functions/migration/errors.ts';
import type { Migration } from '../../../functions/migration/migration.ts';
import { rollbackMigration } from '../../../functions/migration/operator/rollback-migration.ts';
import type { Ports } from '../../../functions/migration/ports.ts';
import { awaitWorkers } from '../../../functions/migration/rollback/await-workers.ts';
import { altered } from '../../support/altered.ts';
import { cutoverWorld } from '../../support/cutover-world.ts';
import type { FakePorts } from '../../support/fake-ports.ts';

/** Time until a transaction is committed, in ms. */
const SLOW_MS = 8_000;

/** Ports whose transactions are committed `SLOW_MS` after they were sent. */
const slow = (ports: FakePorts): Ports => {
  const transition: Ports['migrations']['transition'] = async (...given) => {
    ports.clock.advance(SLOW_MS);
    return ports.migrations.transition(...given);
  };
  return { ...ports, migrations: altered<Ports['migrations']>(ports.migrations, { transition }) };
};
const now = async (ports: Ports, { migrationId }: Migration): Promise<Migration> => {
  const found = await ports.migrations.get(migrationId);
  if (!found) throw new Error(`${migrationId} is gone`);
  return found;
};

test('F6: long leases are waited for from after the transaction that shortened them', async () => {
  const { ports, migration, route } = await cutoverWorld();
  const { leaseGraceMs } = ports.settings;
  await shortenLease(slow(ports), migration, 'forward');
  const changedAt = ports.clock.now();
  ports.clock.advance(route.leaseMs + leaseGraceMs - 1);
  expect(await shortenLease(ports, await now(ports, migration), 'forward')).toMatchObject({ expired: false });
  ports.clock.advance(1);
  expect(await shortenLease(ports, await now(ports, migration), 'forward')).toMatchObject({ expired: true });
  expect((await now(ports, migration)).longLeasesOutAt).toBe(changedAt + route.leaseMs + leaseGraceMs);
});

test('F6: if the step crashes after that transaction, the next one counts from its own', async () => {
  const { ports, migration, route } = await cutoverWorld();
  const update = () => Promise.reject(new Unavailable('planted'));
  const dying = { ...ports, migrations: altered<Ports['migrations']>(ports.migrations, { update }) };
  await expect(shortenLease(dying, migration, 'forward')).rejects.toThrow(Unavailable);
  expect(await ports.routes.get(migration.tenantId)).toMatchObject({
    leaseMs: ports.settings.cutoverLeaseMs,
  });
  ports.clock.advance(route.leaseMs * 2);
  expect(await shortenLease(ports, await now(ports, migration), 'forward')).toMatchObject({ expired: false });
  expect((await now(ports, migration)).longLeasesOutAt).toBeGreaterThan(ports.clock.now());
});

test('F6: the time of an earlier shortening does not count once the lease has been long again', async () => {
  const { ports, migration, route } = await cutoverWorld();
  const update = () => Promise.reject(new Unavailable('planted'));
  const dying = { ...ports, migrations: altered<Ports['migrations']>(ports.migrations, { update }) };
  const before = await ports.migrations.update(migration, { longLeasesOutAt: ports.clock.now() });
  await expect(shortenLease(dying, before, 'forward')).rejects.toThrow(Unavailable);
  ports.clock.advance(route.leaseMs / 2);
  expect(await shortenLease(ports, await now(ports, migration), 'forward')).toMatchObject({ expired: false });
});

/** Fences, and flips by a slow transaction. */
const flippedSlowly = async (direction: 'forward' | 'reverse') => {
  const world = await cutoverWorld({ status: direction === 'forward' ? 'catchingUp' : 'holding' });
  const { ports, source, target } = world;
  const migration = direction === 'forward' ? world.migration : await reverseFlip(ports, world.migration);
  const route = { ...world.route, table: direction === 'forward' ? source : target };
  ports.routes.records.set(route.tenantId, route);
  const transfer = await transferOf(ports, migration, direction);
  const fenced = await fenceWrites({ ports, migration, direction, transfer }, route);
  await flipRoute({ ...fenced, ports: slow(ports) });
  return { ports, migration: await now(ports, migration) };
};
const reverseFlip = (ports: Ports, { migrationId }: Migration) =>
  rollbackMigration(ports, migrationId, { by: 'ops', reason: 'to see' });
/** The lease of a route under a fence. */
const shortMs = ({ settings }: Ports): number => settings.cutoverLeaseMs + settings.leaseGraceMs;

test('F6: the hold outlasts every read of the source, counted from after a slow flip', async () => {
  const { ports, migration } = await flippedSlowly('forward');
  expect(await checkHold(ports, migration)).toMatchObject({ over: false });
  ports.clock.advance(shortMs(ports) - 1);
  expect(await checkHold(ports, await now(ports, migration))).toMatchObject({ over: false });
  ports.clock.advance(1);
  expect(await checkHold(ports, await now(ports, migration))).toMatchObject({ over: true });
});

test('F6: a rollback outlasts every read of the target, counted from after a slow reverse flip', async () => {
  const { ports, migration } = await flippedSlowly('reverse');
  expect(await awaitWorkers(ports, migration)).toMatchObject({ areGone: false });
  ports.clock.advance(shortMs(ports) - 1);
  expect(await awaitWorkers(ports, await now(ports, migration))).toMatchObject({ areGone: false });
  ports.clock.advance(1);
  expect(await awaitWorkers(ports, await now(ports, migration))).toMatchObject({ areGone: true });
});

test('F6: the wait for reads of the source does not count for those of the target', async () => {
  const { ports, migration } = await flippedSlowly('forward');
  await checkHold(ports, migration);
  expect(await now(ports, migration)).toHaveProperty('staleReadsOutAt');
  expect(await reverseFlip(ports, migration)).not.toHaveProperty('staleReadsOutAt');
});

test('F6: the time that writers wait is measured until the flip was committed', async () => {
  const { ports } = await flippedSlowly('forward');
  expect(ports.metrics.given).toEqual([{ FenceTime: SLOW_MS }]);
});
