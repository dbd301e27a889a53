import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { entityKey } from '../../../../functions/migration/names.ts';
import { SENTINEL_WORD } from '../../../../functions/router/sentinel.ts';
import { ended, putAll } from '../../../support/tenants.ts';
import { until } from '../../../support/until.ts';
import { act, embeddedStory, shows, stopApplication } from './embedded-story.ts';
import { aheadBy, type WrittenTenant } from './embedded-world.ts';
import { afterLoading, axeFindings } from './open-page.ts';

/*
 * Plans of real dry runs that cannot be started as they are, while an application writes the tenant: what the operator reads,
 * and how they start the move in the end.
 */

/** Age at which a plan expires, in ms. */
const PLAN_LIFE_MS = 15 * 60_000;
const REASON = 'the district has grown';

const { world, serve, open, stopLater } = embeddedStory();

const button = (page: Page, name: string) => page.locator('main').getByRole('button', { name, exact: true });
const isRefused = async (page: Page): Promise<boolean> =>
  (await button(page, 'Start the migration').getAttribute('aria-disabled')) === 'true';
const reasonIn = (page: Page): Promise<string> => page.getByLabel('Reason').inputValue();

/** Runs the dry run of a move, and waits for its plan. */
const plan = async (page: Page): Promise<void> => {
  await page.getByLabel('advanced, shared table').click();
  await page.getByLabel('Reason').fill(REASON);
  await button(page, 'Run the dry run').click();
  await page.getByRole('heading', { name: '3. Plan' }).waitFor();
};

/** Plans again by the button beside the plan, and waits for another plan. */
const planAgain = async (page: Page): Promise<void> => {
  const before = page.url();
  await button(page, 'Plan again').first().click();
  await until('another dry run', () => page.url() !== before);
  await page.getByRole('heading', { name: '3. Plan' }).waitFor();
};

/** Starts the planned move with a held cutover, and cancels it once it is ready. */
const startAndCancel = async (page: Page, { tenantId }: WrittenTenant): Promise<void> => {
  const { ports } = world.stack;
  await page.getByLabel('Held').click();
  await button(page, 'Start the migration').click();
  await page.waitForURL(/\/migrations\/mig-/);
  await shows(page, 'Cutover held');
  await act(page, 'Cancel');
  const id = await until('the migration', () => ports.migrations.latest(tenantId));
  expect(await ended(ports, id)).toMatchObject({
    status: 'cancelled',
    requestedBy: expect.stringContaining('ana'),
  });
};

test('a plan that expires while it is shown is refused by the server’s clock, and is made again', async () => {
  const { ports } = world.stack;
  let aheadMs = 0;
  const served = await serve('ana', 'operator', { aheadMs: () => aheadMs });
  const tenant = await world.addWrittenTenant('ivy-crossing');
  const { page, offences } = await open(served, `/start?tenant=${tenant.tenantId}`);
  await plan(page);
  await page.getByText('Valid for another').waitFor();

  // the server's clock goes on, and the browser's does not
  aheadMs = PLAN_LIFE_MS;
  await button(page, 'Start the migration').click();
  await page.getByText('The plan is older than 15 minutes. Nothing was changed.').waitFor();
  await page.getByText('Plan again: a tenant changes all the while.').waitFor();
  expect(await axeFindings(page)).toEqual([]);
  expect(await ports.migrations.latest(tenant.tenantId)).toBeUndefined();

  await page.reload();
  await afterLoading(page);
  await page.getByText('The plan has expired', { exact: true }).waitFor();
  expect(await isRefused(page)).toBe(true);
  expect(await reasonIn(page)).toBe(REASON);
  expect(await axeFindings(page)).toEqual([]);

  stopLater(async () => world.stack.alter());
  world.stack.alter('PlanMigration', (given) => aheadBy(given, () => aheadMs));
  await planAgain(page);
  await page.getByText('Valid for another').waitFor();
  expect(await isRefused(page)).toBe(false);
  expect(await reasonIn(page)).toBe(REASON);

  // events have the workflow's clock: a server that is ahead would not stream them
  aheadMs = 0;
  await page.reload();
  await afterLoading(page);
  await startAndCancel(page, tenant);
  await stopApplication(tenant);
  expect(offences).toEqual([]);
});

test('a plan with a blocker names its key and remedy and starts nothing until the item is mended', async () => {
  const { ports } = world.stack;
  const served = await serve('ana');
  const tenant = await world.addWrittenTenant('kelp-harbor');
  const { tenantId } = tenant;
  const key = entityKey(`STUDENT#${SENTINEL_WORD}import`);
  const { table } = await until('the tenant', () => ports.registry.tenant(tenantId));
  await putAll(ports, tenantId, table, [{ tenantId: { S: tenantId }, entityKey: { S: key } }]);

  const { page, offences } = await open(served, `/start?tenant=${tenantId}`);
  await plan(page);
  await page.getByText('The move cannot be started until the blockers are resolved.').waitFor();
  await page.getByText(`1 item, among them ${key}`).waitFor();
  await page.getByText('Put each under a key without the marker').waitFor();
  const refusal = page.getByText('The plan has blockers: mend them, then plan again.');
  await refusal.filter({ visible: true }).waitFor();
  expect(await isRefused(page)).toBe(true);
  expect(await axeFindings(page)).toEqual([]);
  await button(page, 'Start the migration').click({ force: true });
  await expectRefusal(page, served.token);
  expect(await ports.migrations.latest(tenantId)).toBeUndefined();

  await ports.partition(tenantId).write(table, { puts: [], deletes: [key] });
  await planAgain(page);
  await page.getByText('The move cannot be started until').waitFor({ state: 'detached' });
  expect(await isRefused(page)).toBe(false);
  expect(await reasonIn(page)).toBe(REASON);
  await startAndCancel(page, tenant);
  await stopApplication(tenant);
  expect(offences).toEqual([]);
});

/** Quotes the plan that the page shows, as a caller that does not look at its blockers. */
const expectRefusal = async (page: Page, token: string): Promise<void> => {
  const { origin, searchParams } = new URL(page.url());
  const migrationId = searchParams.get('plan');
  const authorization = `Bearer ${token}`;
  const shown = await fetch(`${origin}/api/migrations/${migrationId}/plan`, { headers: { authorization } });
  const started = await fetch(`${origin}/api/migrations`, {
    method: 'POST',
    headers: {
      authorization,
      'content-type': 'application/json',
      'idempotency-key': crypto.randomUUID(),
    },
    body: JSON.stringify({ plan: { migrationId, etag: shown.headers.get('etag') }, reason: REASON }),
  });
  expect([started.status, await started.json()]).toEqual([
    409,
    expect.objectContaining({ code: 'MigrationBlocked' }),
  ]);
};
