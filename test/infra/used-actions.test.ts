import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Item } from '../../functions/migration/items.ts';
import { type EntityKey, tableName } from '../../functions/migration/names.ts';
import { parseSettings } from '../../functions/migration/settings.ts';
import { requestMigration } from '../../functions/migration/triggers/request-migration.ts';
import { STAGE_NEEDS } from '../../infra/stage-needs.ts';
import { type Stack, startStack } from '../../scripts/local/stack.ts';
import { createTierTables } from '../../scripts/local/tier-tables.ts';
import { SHORT_WAITS } from '../support/short-waits.ts';
import { addTenant, ended } from '../support/tenants.ts';
import { listed, RecordedActions } from './recorded-actions.ts';

const { tableDesign } = parseSettings({});
const settings = {
  pageItems: 40,
  leaseMs: 1,
  cutoverLeaseMs: 0,
  holdMs: 0,
  claimMs: 500,
  // a protected table has to be freed before it can be dropped
  tableDesign: { ...tableDesign, deletionProtection: true },
};
/** What these migrations do not come to, and when it is needed. */
const NOT_HERE: Readonly<Record<string, string>> = {
  'CheckTargetTable tierTables:CreateTable': 'a table of that name was on its way out, and is gone now',
  'CheckTargetTable tierTables:UpdateContinuousBackups': 'the local engine has no such feature',
  'ConfirmRegistry migrations:PutItem': 'a crash came between the flip and the status that tells of it',
  'LockTenant registry:GetItem': 'to say who has the lock',
  'OpenMigration routes:GetItem': 'a later attempt asks whether the flip has happened',
  'ReserveTarget migrations:DeleteItem': 'another migration took the last room of the table chosen first',
  'WatchFence routes:PutItem': 'a fence is overdue',
};

/** ms; where cores are few and other tests run beside it. */
const MIGRATIONS_MS = 240_000;

const recorded = new RecordedActions(parseSettings(settings));
/** What the test does before a state's handler, once. */
const before = new Map<string, () => Promise<void>>();

let stack: Stack;
beforeAll(async () => {
  stack = await startStack({
    settings,
    overrides: { waits: SHORT_WAITS },
    dynamodb: recorded.dynamodb,
    wrapHandler: (state, run) => {
      const noted = recorded.wrapHandler(state, run);
      return async (...given) => {
        const planted = before.get(state);
        before.delete(state);
        await planted?.();
        return noted(...given);
      };
    },
  });
  await createTierTables(stack);
});
afterAll(() => stack.stop());

const migrate = async (tenantId: string, toTier: string, dryRun = false) => {
  const request = { tenantId, toTier, dryRun, requestedBy: 'test', reason: 'test' };
  const { migrationId } = await requestMigration(stack.ports, request);
  return (await ended(stack.ports, migrationId)).status;
};
const fail = () => Promise.reject(new Error('planted'));

test('the permissions of every state are what its handler uses, no less and no more', {
  timeout: MIGRATIONS_MS,
}, async () => {
  const { ports } = stack;
  // to a table of its own, and out of it again
  const { tenantId } = await addTenant(ports, { tenantId: 'grown', items: 90 });
  expect(await migrate('grown', 'enterprise')).toBe('completed');
  // with an item on the target that has to be repaired
  const stray: Item = { tenantId: { S: tenantId }, entityKey: { S: 'STRAY' as EntityKey } };
  before.set('VerifySegment', async () => {
    await ports
      .partition(tenantId)
      .write(tableName('saas-tenant-data-premium'), { puts: [stray], deletes: [] });
  });
  expect(await migrate('grown', 'premium')).toBe('completed');
  // between shared tables
  await addTenant(ports, { tenantId: 'mover', items: 90 });
  expect(await migrate('mover', 'advanced')).toBe('completed');
  expect(await migrate('mover', 'premium', true)).toBe('completed');
  // back from a table of its own
  await addTenant(ports, { tenantId: 'stays', items: 90 });
  before.set('FlipRoute', fail);
  expect(await migrate('stays', 'enterprise')).toBe('rolledBack');

  expect([...recorded.byState.keys()].sort()).toEqual(Object.keys(STAGE_NEEDS).sort());
  const given = Object.entries(STAGE_NEEDS).flatMap(([state, { access }]) =>
    listed(access).map((action) => `${state} ${action}`),
  );
  const used = [...recorded.byState].flatMap(([state, actions]) =>
    [...actions].map((action) => `${state} ${action}`),
  );
  expect(
    used.filter((action) => !given.includes(action)),
    'missing',
  ).toEqual([]);
  expect(given.filter((action) => !used.includes(action)).sort(), 'idle').toEqual(
    Object.keys(NOT_HERE).sort(),
  );
});
