import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { keyOf } from '../../functions/migration/items/items.ts';
import { isSentinel } from '../../functions/migration/items/sentinel.ts';
import { isAhead, type Status } from '../../functions/migration/life-cycle.ts';
import type { Migration } from '../../functions/migration/migration.ts';
import type { TableName, TenantId } from '../../functions/migration/names.ts';
import { SeededRandom } from '../../scripts/demo/random.ts';
import type { Stack } from '../../scripts/local/stack.ts';
import { createTierTables } from '../../scripts/local/tier-tables.ts';
import { addTenant, collect, itemsOf } from '../support/tenants.ts';
import { startTestStack } from '../support/test-stack.ts';

/** Kills of one tenant's migration before it may complete. */
const KILLS_EACH = 4;
/** The state that the migration reaches before a kill, each in turn, and a random time after it, in ms. */
const KILL_IN: readonly Status[] = [
  'planning',
  'copying',
  'cuttingOver',
  'cleaningUp',
  'provisioning',
  'catchingUp',
  'holding',
];
const WHILE_MS = 150;
const settings = { pageItems: 40, leaseMs: 1, claimMs: 3_000, holdMs: 0 };
const CHILD = fileURLToPath(new URL('kill-child.ts', import.meta.url));

/** Some thirty processes load the same modules. */
const COMPILE_CACHE = join(tmpdir(), 'tierferry-compile-cache');
/** The folder that keeps the stream's checkpoint and the executions from one process to the next. */
const folder = mkdtempSync(join(tmpdir(), 'tierferry-kill-'));
let stack: Stack;
beforeAll(async () => {
  // the process that runs the workflow reads the streams, and admits migrations
  stack = await startTestStack({ settings, countsSchools: false, dispatches: false });
  stack.streams.pause();
  await createTierTables(stack);
});
afterAll(async () => {
  await stack.stop();
  rmSync(folder, { recursive: true });
});

/** Runs the workflow in a process of its own, and kills it at the given time, if any. */
const run = async (
  tenantId: TenantId,
  kill?: { readonly from: Status; readonly afterMs: number },
): Promise<{ killed: boolean }> => {
  const child = spawn(
    process.execPath,
    [CHILD, JSON.stringify(stack.client), JSON.stringify(settings), tenantId, folder],
    { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, NODE_COMPILE_CACHE: COMPILE_CACHE } },
  );
  let hasEnded = false;
  const exited = once(child, 'exit').finally(() => {
    hasEnded = true;
  });
  for await (const line of createInterface(child.stdout)) {
    if (line !== 'running' || !kill) continue;
    const hasCome = async () => {
      const status = (await latest(tenantId))?.status;
      return status !== undefined && !isAhead(status, kill.from);
    };
    while (!hasEnded && !(await hasCome())) await sleep(2);
    await Promise.race([sleep(kill.afterMs), exited]);
    child.kill('SIGKILL');
  }
  const [, signal]: unknown[] = await exited;
  return { killed: signal === 'SIGKILL' };
};

const latest = async (tenantId: TenantId): Promise<Migration | undefined> =>
  (await collect(stack.ports.migrations.list({ tenantId })))[0];

/** A workflow whose process is killed repeatedly loses nothing and doubles nothing. */
export const testKills = (kills: number): void =>
  test(`a workflow whose process is killed ${kills} times loses nothing and doubles nothing`, {
    timeout: 600_000,
  }, async () => {
    const { ports } = stack;
    const seed = process.env.SEED ?? String(Date.now());
    const random = new SeededRandom(seed);
    const neighbour = await addTenant(ports, { tenantId: 'neighbour', items: 50 });
    const killedIn: string[] = [];
    for (let n = 1; killedIn.length < kills; n += 1) {
      const { tenantId, table, items } = await addTenant(ports, { tenantId: `killed-${n}`, items: 260 });
      for (let kill = 0; kill < KILLS_EACH; kill += 1) {
        const from = KILL_IN[(killedIn.length + kill) % KILL_IN.length] ?? 'copying';
        const { killed } = await run(tenantId, { from, afterMs: random.next() * WHILE_MS });
        const migration = await latest(tenantId);
        if (killed && migration) killedIn.push(migration.status);
        const route = await ports.routes.get(tenantId);
        const live = await itemsOf(ports, tenantId, route?.table as TableName);
        // sentinels may be left until the workflow continues; at its end there are none
        const own = live.filter((item) => !isSentinel(keyOf(item)));
        expect(own, `seed ${seed}, ${tenantId}, killed in ${killedIn.at(-1)}`).toEqual(items);
        if (migration?.status === 'completed') break;
      }
      // one to end the rollback, and one for the migration that follows it
      for (let tries = 0; tries < 2 && (await latest(tenantId))?.status !== 'completed'; tries += 1) {
        await run(tenantId);
      }
      const reason = `seed ${seed}, ${tenantId}`;
      const migration = await latest(tenantId);
      expect(migration, reason).toMatchObject({ status: 'completed', registryChange: 'released' });
      const target = migration?.target.table as TableName;
      expect(await itemsOf(ports, tenantId, target), reason).toEqual(items);
      expect(await itemsOf(ports, tenantId, table), reason).toEqual([]);
      expect(await ports.routes.get(tenantId), reason).toMatchObject({ table: target, writes: 'open' });
      const tenant = await ports.registry.tenant(tenantId);
      expect(tenant, reason).toMatchObject({ table: target, tier: 'enterprise' });
      expect([tenant?.lockedBy, tenant?.pending], reason).toEqual([undefined, undefined]);
      expect(await ports.registry.table(target), reason).toMatchObject({
        tenants: 1,
        reserved: 0,
        freeSlots: 0,
      });
      expect(await ports.registry.table(table), reason).toMatchObject({
        tenants: 1,
        departing: 0,
        freeSlots: 99,
      });
    }
    expect(await itemsOf(ports, neighbour.tenantId, neighbour.table)).toEqual(neighbour.items);
    // kills that all hit one stage would prove little
    expect(new Set(killedIn).size, `seed ${seed}: ${killedIn.join(', ')}`).toBeGreaterThanOrEqual(4);
  });
