import { readFile } from 'node:fs/promises';
import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { EventDetail } from '../../functions/aws/event-detail.ts';
import { cancelMigration } from '../../functions/migration/operator/cancel-migration.ts';
import { requestMigration } from '../../functions/migration/requests/request-migration.ts';
import type { Stack } from '../../scripts/local/stack.ts';
import { createTierTables } from '../../scripts/local/tier-tables.ts';
import { runWithEnv } from '../cli/run-in-process.ts';
import { startFakeEventBridge } from '../support/fake-event-bridge.ts';
import { SHORT_WAITS } from '../support/short-waits.ts';
import { addTenant, ended } from '../support/tenants.ts';
import { startTestStack } from '../support/test-stack.ts';

let bus: Awaited<ReturnType<typeof startFakeEventBridge>>;
let stack: Stack;
beforeAll(async () => {
  bus = await startFakeEventBridge();
  stack = await startTestStack({
    settings: { leaseMs: 1, cutoverLeaseMs: 1 },
    eventBridge: bus.endpoint,
    overrides: { waits: SHORT_WAITS },
    countsSchools: false,
  });
  await createTierTables(stack);
});
afterAll(async () => {
  await stack?.stop();
  await bus?.stop();
});

const request = (tenantId: string, dryRun = false) =>
  requestMigration(stack.ports, { tenantId, toTier: 'advanced', dryRun, requestedBy: 'ana', reason: 'test' });
const publishedDetails = () => bus.events.map(({ Detail }) => EventDetail.parse(Detail));

const inOrder = (events: readonly object[]) =>
  events.toSorted((a, b) => JSON.stringify(a).localeCompare(JSON.stringify(b)));

test('every status change of every migration is an event that matches the schema, and is in the feed', async () => {
  const { ports } = stack;
  await addTenant(ports, { tenantId: 'told', items: 60 });
  await addTenant(ports, { tenantId: 'called-back', items: 60 });
  const ids = [
    (await request('told', true)).migrationId,
    (await request('told')).migrationId,
    (await request('called-back')).migrationId,
  ];
  const [, , rolledBack = ''] = ids;
  await cancelMigration(ports, rolledBack, { by: 'ben', reason: 'not today' });
  for (const id of ids) await ended(ports, id);

  const trails = await Promise.all(ids.map((id) => ports.migrations.events(id)));
  const changes = trails.flat().length;
  await expect.poll(() => publishedDetails().length, { timeout: 240_000 }).toBe(changes);
  const details = publishedDetails();
  for (const [n, trail] of trails.entries()) {
    const ours = details.filter(({ migrationId }) => migrationId === ids[n]);
    // a cancel made at the same time as a step of the workflow may be published before it or after it
    expect(inOrder(ours.map(({ from, to, by, reason }) => ({ from, to, who: by, reason })))).toEqual(
      inOrder(trail.map(({ from, to, who, reason }) => ({ from, to, who, reason }))),
    );
    expect(ours[0]).toMatchObject({ to: 'queued', by: 'ana', dryRun: n === 0 });
  }
  expect(details.filter(({ to }) => to === 'cancelled')).toHaveLength(1);
  expect(new Set(details.map(({ eventId }) => eventId)).size).toBe(changes);

  const file = new URL('../../docs/events/migration-status-change.v1.schema.json', import.meta.url);
  const ajv = new Ajv2020({ strict: true });
  formats.default(ajv);
  const isValid = ajv.compile(JSON.parse(await readFile(file, 'utf8')));
  for (const { Detail } of bus.events) expect(isValid(Detail), ajv.errorsText(isValid.errors)).toBe(true);
  expect(isValid({ ...details[0], to: 'nowhere' })).toBe(false);

  const { code, stdout } = await runWithEnv(['events', '--migration', rolledBack, '--json'], stack.env);
  expect(code).toBe(0);
  const { events }: { events: { eventId: string }[] } = JSON.parse(stdout);
  const byId = (a: { eventId: string }, b: { eventId: string }) => a.eventId.localeCompare(b.eventId);
  expect(events.toSorted(byId)).toEqual(
    details.filter(({ migrationId }) => migrationId === rolledBack).toSorted(byId),
  );
  const words = await runWithEnv(['events', '--tenant', 'told'], stack.env);
  expect(words.stdout).toMatch(/told {2}mig-\S+ \(dry run\) {2}queued, by ana: test\n/);
  expect(words.stdout).not.toContain(rolledBack);
});
