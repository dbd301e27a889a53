import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isFlipped } from '../../functions/migration/life-cycle.ts';
import type { Migration } from '../../functions/migration/migration.ts';
import type { TableName } from '../../functions/migration/names.ts';
import { requestMigration } from '../../functions/migration/triggers/request-migration.ts';
import { retryMigration } from '../../functions/migration/triggers/retry-migration.ts';
import { type Stack, startStack } from '../../scripts/local/stack.ts';
import { createTierTables } from '../../scripts/local/tier-tables.ts';
import { addTenant, controlState, ended, itemsOf } from '../support/tenants.ts';

class Planted extends Error {
  override readonly name = 'Planted';
}

/** Which state fails, and when; every time it runs, until the plant is removed. */
let plant: { readonly state: string; readonly when: 'before' | 'after' } | undefined;
const ran = new Set<string>();

let stack: Stack;
beforeAll(async () => {
  stack = await startStack({
    settings: { pageItems: 40, leaseMs: 0, claimMs: 500 },
    wrapHandler: (name, run) => async (ports, event, context) => {
      ran.add(name);
      if (plant?.state === name && plant.when === 'before') throw new Planted(`before ${name}`);
      const result = await run(ports, event, context);
      if (plant?.state === name && plant.when === 'after') throw new Planted(`after ${name}`);
      return result;
    },
  });
  await createTierTables(stack);
});
afterAll(() => stack.stop());

const taskStates = (machine: string): string[] => {
  const asl = readFileSync(new URL(`../../state-machines/${machine}.asl.json`, import.meta.url), 'utf8');
  return [...asl.matchAll(/"Resource": "\$\{(\w+)\}"/g)].map((match) => String(match[1]));
};
const FORWARD = [...new Set(taskStates('tier-migration'))];
const BACK = [...new Set(taskStates('roll-back'))];
/** States that only a tenant with a table of its own comes through. */
const DEDICATED = new Set(['DropSourceTable', 'AwaitSourceDropped']);

let tenants = 0;
const failing = async (state: string, when: 'before' | 'after') => {
  const { ports } = stack;
  tenants += 1;
  const { tenantId, table, items } = await addTenant(ports, { tenantId: `t-${tenants}`, items: 130 });
  const before = await controlState(ports);
  plant = { state, when };
  const { migrationId } = await requestMigration(ports, {
    tenantId,
    toTier: 'enterprise',
    requestedBy: 'test',
    reason: 'test',
  });
  const migration = await ended(ports, migrationId);
  plant = undefined;
  return { tenantId, source: table, items, before, migration };
};
const targetOf = (migration: Migration): TableName =>
  `saas-tenant-data-enterprise-${migration.tenantId}` as TableName;

const expectMoved = async (migration: Migration, items: unknown) => {
  const { ports } = stack;
  expect(migration.status).toBe('completed');
  expect(await itemsOf(ports, migration.tenantId, targetOf(migration))).toEqual(items);
  expect(await itemsOf(ports, migration.tenantId, migration.source.table)).toEqual([]);
  expect(await ports.registry.tenant(migration.tenantId)).toMatchObject({ table: targetOf(migration) });
  expect((await ports.registry.tenant(migration.tenantId))?.lockedBy).toBeUndefined();
};

describe.each(['before', 'after'] as const)('a state that fails %s its work', (when) => {
  test.each(FORWARD.filter((state) => !DEDICATED.has(state) && state !== 'RecordFailure'))(
    '%s: everything is as before, or the tenant lives on the target, and a retry completes it',
    async (state) => {
      const { ports } = stack;
      const { tenantId, source, items, before, migration } = await failing(state, when);
      const route = await ports.routes.get(tenantId);
      expect(route?.writes).toBe('open');
      expect(await itemsOf(ports, tenantId, route?.table as TableName)).toEqual(items);
      if (migration.status !== 'completed') expect(migration.failure?.error).toBe('Planted');
      if (!isFlipped(migration.status)) {
        expect(['rolledBack', 'failed']).toContain(migration.status);
        expect(route?.table).toBe(source);
        expect(await controlState(ports)).toEqual(before);
        expect(await ports.tables.describe(targetOf(migration))).toBeUndefined();
        expect(await ports.migrations.cleanUp(migration.migrationId)).toBeUndefined();
      }
      if (migration.status !== 'completed') {
        await retryMigration(ports, migration.migrationId, 'test');
        await expectMoved(await ended(ports, migration.migrationId), items);
      }
    },
  );
});

describe('a roll-back that fails itself', () => {
  test.each(BACK.flatMap((state) => [[state, 'before'] as const, [state, 'after'] as const]))(
    'in %s, %s its work: the tenant is writable, and a retry ends the roll-back',
    async (state, when) => {
      const { ports } = stack;
      tenants += 1;
      const { tenantId, table, items } = await addTenant(ports, { tenantId: `t-${tenants}`, items: 130 });
      const before = await controlState(ports);
      // the forward way fails at the last state before the flip, so that there is most to undo
      plant = { state: 'FlipRoute', when: 'before' };
      const forward = plant;
      const { migrationId } = await requestMigration(ports, {
        tenantId,
        toTier: 'enterprise',
        requestedBy: 'test',
        reason: 'test',
      });
      while (plant === forward) {
        const { status } = (await ports.migrations.get(migrationId)) ?? {};
        if (status === 'rollingBack' || state === 'DecideWayOut') plant = { state, when };
        await ports.clock.sleep(2);
      }
      const migration = await ended(ports, migrationId);
      plant = undefined;
      const route = await ports.routes.get(tenantId);
      expect(await itemsOf(ports, tenantId, table)).toEqual(items);
      if (migration.status === 'rollingBack') {
        await retryMigration(ports, migrationId, 'test');
        expect((await ended(ports, migrationId)).status).toBe('rolledBack');
      }
      expect(route?.table).toBe(table);
      expect((await ports.routes.get(tenantId))?.writes).toBe('open');
      expect(await controlState(ports)).toEqual(before);
      expect(await ports.tables.describe(targetOf(migration))).toBeUndefined();
    },
  );
});

test('every state of both state machines has run', () => {
  expect([...FORWARD, ...BACK].filter((state) => !ran.has(state) && !DEDICATED.has(state))).toEqual([]);
});
