import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import * as z from 'zod';
import type { StepHandler } from '../../functions/aws/step.ts';
import { tableName } from '../../functions/migration/names.ts';
import { requestMigration } from '../../functions/migration/requests/request-migration.ts';
import { bundleHandlers } from '../../infra/bundles.ts';
import { kebabCase } from '../../infra/handler-files.ts';
import type { Stack } from '../../scripts/local/stack.ts';
import { createTierTables } from '../../scripts/local/tier-tables.ts';
import { SHORT_WAITS } from '../support/short-waits.ts';
import { addTenant, ended, itemsOf } from '../support/tenants.ts';
import { startTestStack } from '../support/test-stack.ts';

/* Runs the deployed files as Lambda does: with an event, a context, and the environment. */

const Bundle = z.object({ handler: z.custom<StepHandler>((value) => typeof value === 'function') });
const folder = mkdtempSync(join(tmpdir(), 'tierferry-deployed-'));
const called = new Set<string>();
const environment = { ...process.env };

let stack: Stack;
beforeAll(async () => {
  bundleHandlers(folder);
  stack = await startTestStack({
    settings: { holdMs: 0, pageItems: 40, leaseMs: 200, cutoverLeaseMs: 50 },
    overrides: { waits: SHORT_WAITS },
    wrapHandler: (state) => async (_, event, context) => {
      const file = pathToFileURL(join(folder, kebabCase(state), 'index.mjs'));
      const { handler } = Bundle.parse(await import(/* @vite-ignore */ file.href));
      called.add(state);
      return handler(event, context);
    },
  });
  Object.assign(process.env, stack.env, { TIERFERRY_LOG: 'silent' });
  await createTierTables(stack);
});
afterAll(async () => {
  await stack.stop();
  process.env = environment;
  rmSync(folder, { recursive: true });
});

const migrate = async (tenantId: string, toTier: string) => {
  const { ports } = stack;
  const request = { tenantId, toTier, requestedBy: 'test', reason: 'test' };
  return ended(ports, (await requestMigration(ports, request)).migrationId);
};

test('they move a tenant to a dedicated table and out of it, with every stage', async () => {
  const { ports } = stack;
  const { tenantId, items } = await addTenant(ports, { tenantId: 'moves', items: 200 });
  for (const [tier, table] of [
    ['enterprise', 'saas-tenant-data-enterprise-moves'],
    ['advanced', 'saas-tenant-data-advanced'],
  ] as const) {
    expect(await migrate('moves', tier)).toMatchObject({ status: 'completed' });
    expect(await itemsOf(ports, tenantId, tableName(table))).toEqual(items);
  }
  for (const state of [
    'AdmitQueued',
    'CaptureChanges',
    'CopySegment',
    'CutOver',
    'DropSourceTable',
    'CloseReport',
  ])
    expect(called).toContain(state);
});

test('the state machine knows their errors by name: an obstacle ends in a rollback that names it', async () => {
  const { ports } = stack;
  const { tenantId, table, items } = await addTenant(ports, { tenantId: 'blocked', items: 50 });
  const stray = { tenantId: { S: tenantId }, entityKey: { S: 'SCHOOL#stray' } };
  await ports
    .partition(tenantId)
    .write(tableName('saas-tenant-data-advanced'), { puts: [stray], deletes: [] });
  expect(await migrate('blocked', 'advanced')).toMatchObject({ failure: { error: 'MigrationBlocked' } });
  expect(await itemsOf(ports, tenantId, table)).toEqual(items);
});
