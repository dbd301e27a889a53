import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { epochMs } from '../../../../functions/migration/names.ts';
import { recordsOf } from '../fake-control.ts';
import { moveOn } from '../fake-world.ts';
import {
  afterLoading,
  axeFindings,
  idOf,
  openPage,
  scrollsSideways,
  serveWorld,
  type ViewOptions,
} from './open-page.ts';
import { browserForFile, worldFor } from './set-up.ts';

const browser = browserForFile();
const world = worldFor('eachTest');

const TENANT = 'umber-flats';
const migrationsOf = (tenant: string) =>
  [...recordsOf(world.ports).values()].filter(({ tenantId }) => tenantId === tenant);

/** Opens a plan that the seeded world has, and sets when it was made. */
const openPlan = async (plannedAt: number, viewing: ViewOptions = {}) => {
  const migrationId = idOf(world.ports, 'kestrel-hill');
  const plan = await world.ports.migrations.plan(migrationId);
  if (!plan) throw new Error('the seeded world has no plan');
  await world.ports.migrations.savePlan(migrationId, { ...plan, plannedAt: epochMs(plannedAt) });
  return openPage(browser, world.served, `/start?tenant=kestrel-hill&plan=${migrationId}`, viewing);
};

const planMove = async (page: Page): Promise<void> => {
  await page.getByLabel('advanced, shared table').click();
  await page.getByLabel('Reason').fill('the spring term begins');
  await page.getByRole('button', { name: 'Run the dry run' }).click();
  await page.getByRole('heading', { name: '2. Dry run' }).waitFor();
};

test('a move is planned, followed live, and started', async () => {
  const { page, offences, close } = await openPage(browser, world.served, `/start?tenant=${TENANT}`);
  await page.getByRole('button', { name: 'Run the dry run' }).click();
  await page.getByText('Choose a target.').first().waitFor();
  expect(migrationsOf(TENANT)).toEqual([]);

  await planMove(page);
  expect(await page.evaluate(() => document.activeElement?.ariaLabel)).toBe('Dry run');
  expect(await axeFindings(page)).toEqual([]);
  await moveOn(world.ports);
  await moveOn(world.ports);
  await page.getByRole('heading', { name: '3. Plan' }).waitFor();
  expect(await axeFindings(page)).toEqual([]);

  await page.getByLabel('Held').click();
  await page.getByLabel('Hold, in hours').fill('2');
  await page.getByRole('button', { name: 'Start the migration' }).click();
  await page.waitForURL(/\/migrations\/mig-/);
  expect(migrationsOf(TENANT).find(({ dryRun }) => !dryRun)).toMatchObject({
    ...{ cutoverHeld: true, holdMs: 2 * 3_600_000, reason: 'the spring term begins' },
  });
  expect(offences).toEqual([]);
  await close();
});

test('a dry run needs no reason, the start does, and the steps keep their numbers', async () => {
  const { page, close } = await openPage(browser, world.served, `/start?tenant=${TENANT}`);
  await page.getByLabel('advanced, shared table').click();
  await page.getByLabel('Reason (optional)').waitFor();
  await page.getByRole('button', { name: 'Run the dry run' }).click();
  await page.getByRole('heading', { name: '2. Dry run' }).waitFor();
  expect(await page.getByRole('heading', { name: '1. Target' }).count()).toBe(1);
  await moveOn(world.ports);
  await moveOn(world.ports);
  const reason = page.getByLabel('Reason (required)');
  await reason.waitFor();
  await page.getByRole('button', { name: 'Start the migration' }).click();
  await page.getByText('Give a reason.').first().waitFor();
  expect(await reason.getAttribute('aria-invalid')).toBe('true');
  expect(migrationsOf(TENANT)).toHaveLength(1);
  await close();
});

test('a plan holds the place of figures about tables that are still being read', async () => {
  const { page, close } = await openPlan(Date.now());
  const { promise: released, resolve: release } = Promise.withResolvers<void>();
  await page.route('**/api/tables?*', async (route) => {
    await released;
    await route.continue();
  });
  await page.reload();
  const row = page.getByRole('row', { name: 'Tenants in the table' });
  await row.waitFor();
  expect(await row.locator('td .skeleton').count()).toBe(2);
  release();
  await row.locator('.share').first().waitFor();
  expect(await row.locator('.skeleton').count()).toBe(0);
  await close();
});

test('a plan on a phone, in the dark, has no axe finding and does not scroll sideways', async () => {
  const { page, close } = await openPlan(Date.now(), { scheme: 'dark', width: 390 });
  await page.getByText('Data by entity type').waitFor();
  expect(await axeFindings(page)).toEqual([]);
  expect(await scrollsSideways(page)).toBe(false);
  await close();
});

test('a reload loses neither the plan nor what was typed', async () => {
  const { page, close } = await openPlan(Date.now());
  await page.getByLabel('Reason').fill('because');
  await page.getByLabel('Write units per second').fill('250');
  await page.reload();
  await afterLoading(page);
  expect(await page.getByLabel('Reason').inputValue()).toBe('because');
  expect(await page.getByLabel('Write units per second').inputValue()).toBe('250');
  await close();
});

test('a login that ends loses nothing of the form', async () => {
  const { page, close } = await openPlan(Date.now());
  await page.getByLabel('Reason').fill('because');
  await page.getByLabel('Held').click();
  await world.served.stop();
  await page.locator('.live-disconnected').waitFor();
  const served = await world.serveAgain();
  await page.getByText('The console was started anew').waitFor();
  await page.getByLabel('Link').fill(served.url);
  await page.getByRole('button', { name: 'Continue' }).click();
  await afterLoading(page);
  expect(await page.getByLabel('Reason').inputValue()).toBe('because');
  await page.getByRole('button', { name: 'Start the migration' }).click();
  await page.waitForURL(/\/migrations\/mig-/);
  expect(migrationsOf('kestrel-hill').find(({ dryRun }) => !dryRun)).toMatchObject({
    ...{ cutoverHeld: true, reason: 'because' },
  });
  await close();
});

test('a move that cannot be rolled back is confirmed by the tenant’s id', async () => {
  const { page, close } = await openPlan(Date.now());
  await page.getByLabel('Reason').fill('because');
  await page.getByLabel('Hold, in hours').fill('0');
  await page.getByRole('button', { name: 'Start the migration' }).click();
  await page.getByText('Type kestrel-hill.').waitFor();
  expect(await axeFindings(page)).toEqual([]);
  expect(migrationsOf('kestrel-hill')).toHaveLength(1);
  await page.getByLabel('Type kestrel-hill to confirm').fill('kestrel-hill');
  await page.getByRole('button', { name: 'Start the migration' }).click();
  await page.waitForURL(/\/migrations\/mig-/);
  await close();
});

test('an expired plan says so, and a new one is made without losing the form', async () => {
  const { page, close } = await openPlan(Date.now() - 16 * 60_000);
  await page.getByText('The plan has expired', { exact: true }).waitFor();
  expect(await axeFindings(page)).toEqual([]);
  await page.getByLabel('Reason').fill('because');
  await page.getByRole('button', { name: 'Plan again' }).click();
  await page.getByText('The plan has expired', { exact: true }).waitFor({ state: 'detached' });
  await moveOn(world.ports);
  await moveOn(world.ports);
  await page.getByRole('heading', { name: '3. Plan' }).waitFor();
  expect(await page.getByLabel('Reason').inputValue()).toBe('because');
  await close();
});

test('a start with another plan than the one that was seen is refused, and the form stays', async () => {
  const { page, close } = await openPlan(Date.now() - 60_000);
  const migrationId = idOf(world.ports, 'kestrel-hill');
  const plan = await world.ports.migrations.plan(migrationId);
  if (!plan) throw new Error('the seeded world has no plan');
  await world.ports.migrations.savePlan(migrationId, { ...plan, items: plan.items + 1 });
  await page.getByLabel('Reason').fill('because');
  await page.getByRole('button', { name: 'Start the migration' }).click();
  await page.getByText('The plan is not the one that you saw', { exact: false }).waitFor();
  expect(await page.getByLabel('Reason').inputValue()).toBe('because');
  expect(await axeFindings(page)).toEqual([]);
  await close();
});

test('a plan with blockers shows what mends them, and cannot be started', async () => {
  const migrationId = idOf(world.ports, 'kestrel-hill');
  const plan = await world.ports.migrations.plan(migrationId);
  if (!plan) throw new Error('the seeded world has no plan');
  await world.ports.migrations.savePlan(migrationId, {
    ...plan,
    findings: [
      { level: 'blocker', code: 'x', message: 'the source has no stream', remedy: 'Enable its stream' },
    ],
  });
  const { page, close } = await openPage(
    browser,
    world.served,
    `/start?tenant=kestrel-hill&plan=${migrationId}`,
  );
  await page.getByText('Enable its stream.').waitFor();
  const start = page.getByRole('button', { name: 'Start the migration' });
  expect(await start.getAttribute('aria-disabled')).toBe('true');
  expect(await axeFindings(page)).toEqual([]);
  await close();
});

test('a viewer sees the targets and the plan, and may start neither', async () => {
  const viewed = await serveWorld('viewer');
  const { page, close } = await openPage(browser, viewed.served, `/start?tenant=${TENANT}`);
  const run = page.getByRole('button', { name: 'Run the dry run' });
  expect(await run.getAttribute('aria-disabled')).toBe('true');
  expect(await axeFindings(page)).toEqual([]);
  await close();
  await viewed.served.stop();
});
