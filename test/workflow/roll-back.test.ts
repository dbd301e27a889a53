import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isFlipped } from '../../functions/migration/life-cycle.ts';
import type { Migration } from '../../functions/migration/migration.ts';
import type { TableName } from '../../functions/migration/names.ts';
import { requestMigration } from '../../functions/migration/triggers/request-migration.ts';
import { retryMigration } from '../../functions/migration/triggers/retry-migration.ts';
import { type Stack, startStack } from '../../scripts/local/stack.ts';
import { createTierTables } from '../../scripts/local/tier-tables.ts';
import { SHORT_WAITS } from '../support/short-waits.ts';
import { addTenant, controlState, ended, itemsOf } from '../support/tenants.ts';

class Planted extends Error {
  override readonly name = 'Planted';
}

interface Plant {
  readonly state: string;
  readonly when: 'before' | 'after';
}
/** Which states fail, and when; every time they run, until the plants are removed. */
let plants: readonly Plant[] = [];
const isPlanted = (state: string, when: Plant['when']) =>
  plants.some((plant) => plant.state === state && plant.when === when);
const ran = new Set<string>();

let stack: Stack;
beforeAll(async () => {
  stack = await startStack({
    settings: { pageItems: 40, leaseMs: 0, claimMs: 500 },
    overrides: { waits: SHORT_WAITS },
    wrapHandler: (name, run) => async (ports, event, context) => {
      ran.add(name);
      if (isPlanted(name, 'before')) throw new Planted(`before ${name}`);
      const result = await run(ports, event, context);
      if (isPlanted(name, 'after')) throw new Planted(`after ${name}`);
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
const DEDICATED = new Set(['DropSourceTable']);

let tenants = 0;
/** A migration in which the planted states fail. */
const failing = async (toTier: 'advanced' | 'enterprise', ...failures: readonly Plant[]) => {
  const { ports } = stack;
  tenants += 1;
  const { tenantId, table, items } = await addTenant(ports, { tenantId: `t-${tenants}`, items: 130 });
  const before = await controlState(ports);
  plants = failures;
  const request = { tenantId, toTier, requestedBy: 'test', reason: 'test' };
  const { migrationId } = await requestMigration(ports, request);
  const migration = await ended(ports, migrationId);
  plants = [];
  return { tenantId, source: table, items, before, migration };
};
const targetOf = ({ target, tenantId }: Migration): TableName =>
  `saas-tenant-data-${target.tier}${target.tier === 'enterprise' ? `-${tenantId}` : ''}` as TableName;

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
      const { tenantId, source, items, before, migration } = await failing(
        when === 'before' ? 'enterprise' : 'advanced',
        { state, when },
      );
      const route = await ports.routes.get(tenantId);
      expect(route?.writes).toBe('open');
      expect(await itemsOf(ports, tenantId, route?.table as TableName)).toEqual(items);
      if (migration.status !== 'completed') expect(migration.failure?.error).toBe('Planted');
      if (!isFlipped(migration.status)) {
        expect(['rolledBack', 'failed']).toContain(migration.status);
        expect(route?.table).toBe(source);
        expect(await controlState(ports)).toEqual(before);
        expect(await itemsOf(ports, tenantId, targetOf(migration))).toEqual([]);
        if (when === 'before') expect(await ports.tables.describe(targetOf(migration))).toBeUndefined();
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
  test.each(BACK.flatMap((state) => [{ state, when: 'before' } as const, { state, when: 'after' } as const]))(
    'in $state, $when its work: nothing is lost, and a retry ends it',
    async (plant) => {
      const { ports } = stack;
      // the way forward fails at its last state before the flip, so that there is most to undo
      const forward = { state: 'FlipRoute', when: 'before' } as const;
      const { tenantId, source, items, before, migration } = await failing('enterprise', forward, plant);
      expect((await ports.routes.get(tenantId))?.table).toBe(source);
      expect(await itemsOf(ports, tenantId, source)).toEqual(items);
      if (migration.status === 'cuttingOver') {
        // the roll-back had not begun: the retry goes forward
        await retryMigration(ports, migration.migrationId, 'test');
        await expectMoved(await ended(ports, migration.migrationId), items);
        return;
      }
      if (migration.status === 'rollingBack') {
        await retryMigration(ports, migration.migrationId, 'test');
        expect((await ended(ports, migration.migrationId)).status).toBe('rolledBack');
      }
      expect((await ports.routes.get(tenantId))?.writes).toBe('open');
      expect(await controlState(ports)).toEqual(before);
      expect(await ports.tables.describe(targetOf(migration))).toBeUndefined();
    },
  );
});

test('every state of both state machines has run', () => {
  expect([...FORWARD, ...BACK].filter((state) => !ran.has(state) && !DEDICATED.has(state))).toEqual([]);
});
