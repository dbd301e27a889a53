import { afterAll, beforeAll, expect, test } from 'vitest';
import { Unavailable } from '../../functions/migration/errors.ts';
import { sentinelKey } from '../../functions/migration/items/sentinel.ts';
import { putSentinels } from '../../functions/migration/journal/place-sentinels.ts';
import type { Migration } from '../../functions/migration/migration.ts';
import { entityKey, type MigrationId, type TenantId, tableName } from '../../functions/migration/names.ts';
import { retryMigration } from '../../functions/migration/operator/retry-migration.ts';
import type { Ports } from '../../functions/migration/ports.ts';
import { requestMigration } from '../../functions/migration/requests/request-migration.ts';
import { type PlantedStack, startPlantedStack } from '../support/planted-stack.ts';
import { stopExecution } from '../support/stop-execution.ts';
import { addTenant, ended, itemsOf } from '../support/tenants.ts';

/** Found by the fault campaign: a call that takes effect after its execution was stopped and the migration retried. */

let stack: PlantedStack;
beforeAll(async () => {
  stack = await startPlantedStack();
});
afterAll(() => stack.stop());

const request = (tenantId: TenantId, toTier: string) =>
  requestMigration(stack.ports, { tenantId, toTier, holdMs: 0, requestedBy: 'test', reason: 'test' });

const retried = async ({ migrationId }: Migration): Promise<Migration> => {
  const { migrationId: next } = await retryMigration(stack.ports, migrationId, 'test');
  return ended(stack.ports, next);
};

/** A call that freezes the first time, and takes effect on command. */
const freezing = <Given extends unknown[], Answer>(call: (...given: Given) => Promise<Answer>) => {
  const reached = Promise.withResolvers<void>();
  const thawed = Promise.withResolvers<void>();
  const over = Promise.withResolvers<unknown>();
  let isFirst = true;
  return {
    reached: reached.promise,
    call: (...given: Given): Promise<Answer> => {
      if (!isFirst) return call(...given);
      isFirst = false;
      reached.resolve();
      const late = thawed.promise.then(() => call(...given));
      over.resolve(late.catch((error: unknown) => error));
      return late;
    },
    thaw: async (): Promise<void> => {
      thawed.resolve();
      await over.promise;
    },
  };
};

/** The migration runs until the call freezes; then its execution is stopped. */
const stoppedAt = async (migration: Migration, { reached }: { reached: Promise<void> }): Promise<void> => {
  await reached;
  await stopExecution(stack, migration);
  stack.alter();
  stack.plant();
};

test('a late DeleteTable of a rollback does not delete the table of the migration that follows it', async () => {
  const { ports } = stack;
  const { tenantId, items } = await addTenant(ports, { tenantId: 'late-drop', items: 60 });
  const late = freezing(ports.tables.delete);
  stack.plant({ state: 'CutOver', when: 'before' });
  stack.alter('DropCreatedTable', (given) => ({ ...given, tables: { ...given.tables, delete: late.call } }));
  const first = await request(tenantId, 'enterprise');
  await stoppedAt(first, late);
  expect(await retried(first)).toMatchObject({ migrationId: first.migrationId, status: 'rolledBack' });
  const second = await retried(first);
  expect(second).toMatchObject({ status: 'completed', retryOf: first.migrationId });
  await late.thaw();
  const target = tableName('saas-tenant-data-enterprise-late-drop.2');
  expect((await ports.routes.get(tenantId))?.table).toBe(target);
  expect(await itemsOf(ports, tenantId, target)).toEqual(items);
});

test('a late DeleteTable of a clean-up does not delete the table to which the tenant has returned', async () => {
  const { ports } = stack;
  const { tenantId, items } = await addTenant(ports, { tenantId: 'late-clean-up', items: 60 });
  await ended(ports, (await request(tenantId, 'enterprise')).migrationId);
  const late = freezing(ports.tables.delete);
  stack.alter('DropSourceTable', (given) => ({ ...given, tables: { ...given.tables, delete: late.call } }));
  const away = await request(tenantId, 'premium');
  await stoppedAt(away, late);
  expect((await retried(away)).status).toBe('completed');
  const reversed = await ended(ports, (await request(tenantId, 'enterprise')).migrationId);
  await late.thaw();
  expect(reversed).toMatchObject({ status: 'completed', target: { table: expect.stringMatching(/\.2$/) } });
  expect(await itemsOf(ports, tenantId, tableName(reversed.target.table ?? ''))).toEqual(items);
});

test('a late unlock of a rollback does not release the lock of the migration that follows it', async () => {
  const { ports } = stack;
  const { tenantId } = await addTenant(ports, { tenantId: 'late-unlock', items: 60 });
  const late = freezing(ports.registry.unlockTenant);
  stack.plant({ state: 'CutOver', when: 'before' });
  stack.alter('CloseRollback', (given) => ({
    ...given,
    registry: { ...given.registry, unlockTenant: late.call },
  }));
  const first = await request(tenantId, 'advanced');
  await stoppedAt(first, late);
  await retried(first);
  let lockedBy: unknown;
  stack.before('CheckHold', async () => {
    await late.thaw();
    lockedBy = (await ports.registry.tenant(tenantId))?.lockedBy;
  });
  const second = await retried(first);
  expect(second.status).toBe('completed');
  expect(lockedBy).toBe(second.migrationId);
});

test('a late choice of the target does not make the next attempt forget what it has claimed', async () => {
  const { ports } = stack;
  const { tenantId } = await addTenant(ports, { tenantId: 'late-choice', items: 60 });
  const late = freezing(ports.migrations.chooseTarget);
  stack.alter('ReserveTarget', (given) => ({
    ...given,
    migrations: { ...given.migrations, chooseTarget: late.call },
  }));
  const first = await request(tenantId, 'advanced');
  await stoppedAt(first, late);
  let record: unknown;
  stack.before('CopySegment', async () => {
    await late.thaw();
    record = await ports.migrations.undoRecord(first.migrationId);
  });
  expect((await retried(first)).status).toBe('completed');
  expect(record).toMatchObject({ partitionClaimed: true });
});

test('a sentinel that a crash while turning capture on leaves is gone from the live table after the rollback', async () => {
  const { ports } = stack;
  const { tenantId, table, items } = await addTenant(ports, { tenantId: 'sentinel', items: 60 });
  let seen = 0;
  stack.before('DecideRollback', async () => {
    seen = (await itemsOf(ports, tenantId, table)).length;
  });
  stack.alter('ArmSourceCapture', diesAfterPut);
  const { migrationId } = await request(tenantId, 'advanced');
  expect((await ended(ports, migrationId)).status).toBe('rolledBack');
  stack.alter();
  expect(seen).toBe(items.length + 1);
  expect(await itemsOf(ports, tenantId, table)).toEqual(items);
});

const diesAfterPut = (ports: Ports): Ports => ({
  ...ports,
  partition: (tenantId) => {
    const partition = ports.partition(tenantId);
    return {
      ...partition,
      write: async (...given) => {
        await partition.write(...given);
        throw new TypeError('planted: dies after its write');
      },
    };
  },
});

test('sentinels that a cutover leaves when it dies behind its flip are gone from the live table with its next try', async () => {
  const { ports } = stack;
  const { tenantId, items } = await addTenant(ports, { tenantId: 'dies-flipped', items: 60 });
  const seen: unknown[] = [];
  const poll = async (): Promise<void> => {
    const { table } = (await ports.routes.get(tenantId)) ?? {};
    seen.push(table && (await itemsOf(ports, tenantId, table)).length - items.length);
  };
  let tries = 0;
  stack.alter('CutOver', (real) => {
    tries += 1;
    return tries === 1 ? diesBehindFlip(real, poll) : real;
  });
  stack.before('CompareKeptSegment', poll);
  const { migrationId } = await request(tenantId, 'advanced');
  expect((await ended(ports, migrationId)).status).toBe('completed');
  stack.alter();
  expect(tries).toBe(2);
  expect(seen).toEqual([expect.toSatisfy((left: number) => left > 0), 0]);
});

/** None of its actions after the flip happen. */
const diesBehindFlip = (ports: Ports, poll: () => Promise<void>): Ports => {
  let isDead = false;
  const assertAlive = (): void => {
    if (isDead) throw new Unavailable('planted: died');
  };
  return {
    ...ports,
    migrations: {
      ...ports.migrations,
      get: async (id) => {
        assertAlive();
        return ports.migrations.get(id);
      },
      transition: async (...given) => {
        const next = await ports.migrations.transition(...given);
        isDead = next.flippedAt !== undefined;
        if (isDead) await poll();
        assertAlive();
        return next;
      },
    },
    partition: (tenantId) => {
      const partition = ports.partition(tenantId);
      const write: typeof partition.write = async (...given) => {
        if (isDead) throw new TypeError('planted: died');
        return partition.write(...given);
      };
      return { ...partition, write };
    },
  };
};

test.each([
  { state: 'CloseRollback', fails: 'CutOver', stops: 'rollingBack', ends: 'rolledBack' },
  { state: 'CloseReport', fails: undefined, stops: 'cleaningUp', ends: 'completed' },
])(
  '$state that dies before the journal is empty leaves no journal entries behind once it is retried',
  async (given) => {
    const { ports } = stack;
    const { state, fails, stops, ends } = given;
    const { tenantId } = await addTenant(ports, { tenantId: `marks-${stops.toLowerCase()}`, items: 60 });
    if (fails) stack.plant({ state: fails, when: 'before' });
    const clear = () => Promise.reject(new TypeError('planted: dies'));
    stack.alter(state, (real) => ({ ...real, journal: { ...real.journal, clear } }));
    const migration = await request(tenantId, 'advanced');
    const { migrationId } = migration;
    const key = entityKey('SCHOOL#marked');
    stack.before(state, () => ports.journal.addEntries(migrationId, 'source', [{ key, sequence: '1' }]));
    expect((await ended(ports, migrationId)).status).toBe(stops);
    stack.alter();
    stack.plant();
    expect((await retried(migration)).status).toBe(ends);
    expect(await ports.journal.entries(migrationId, 'source', 10)).toEqual([]);
  },
);

test('F18: sentinels that an earlier migration left are in no count, are deleted by the clean-up, and do not prevent a tenant from coming back', async () => {
  const { ports } = stack;
  const { tenantId, table, items } = await addTenant(ports, { tenantId: 'comes-back', items: 60 });
  const leave = () =>
    // at a key where no segment begins
    putSentinels(ports, { migrationId: 'earlier' as MigrationId, tenantId }, table, [
      sentinelKey(entityKey('STUDENT#000017'), 'earlier'),
    ]);
  await leave();
  const away = await request(tenantId, 'advanced');
  expect((await ended(ports, away.migrationId)).status).toBe('completed');
  expect((await ports.migrations.plan(away.migrationId))?.items).toBe(items.length);
  expect(await itemsOf(ports, tenantId, table)).toEqual([]);

  await leave();
  const reversed = await request(tenantId, 'basic');
  expect(await ended(ports, reversed.migrationId)).toMatchObject({ status: 'completed', target: { table } });
  expect((await ports.migrations.plan(reversed.migrationId))?.findings).not.toContainEqual(
    expect.objectContaining({ code: 'target-partition-not-empty' }),
  );
  expect(await itemsOf(ports, tenantId, table)).toEqual(items);
});
