import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { registerTenant } from '../../../../functions/migration/operator/register-tenant.ts';
import { until } from '../../../support/until.ts';
import { afterLoading, openPage } from './open-page.ts';
import { browserForFile, worldFor } from './set-up.ts';

const browser = browserForFile();
const world = worldFor('eachTest');

const STREAM = '**/api/stream';

/** Opens the tables, and returns a function that makes a change without an event and waits until the page shows it. */
const openTables = async () => {
  const { page, close } = await openPage(browser, world.served, '/tables');
  const row = page.getByRole('row').filter({ hasText: 'saas-tenant-data-basic' });
  let tenants = 0;
  const changeIsShown = async () => {
    const before = await row.innerText();
    tenants += 1;
    await registerTenant(world.ports, {
      ...{ tenantId: `quiet-${tenants}`, name: 'Quiet Moor', tier: 'basic', by: 'ben' },
    });
    await until('the change on the screen', async () => (await row.innerText()) !== before);
  };
  return { page, close, row, changeIsShown };
};

const stateOf = (page: Page) => page.locator('.live');

test('a page whose stream is refused says so, polls, and is live again without a reload', async () => {
  const { page, close, changeIsShown } = await openTables();
  await page.route(STREAM, (route) => route.abort());
  await page.reload();
  await page.locator('.live-disconnected').waitFor();
  expect(await stateOf(page).innerText()).toBe('Disconnected');
  await page.getByRole('row').filter({ hasText: 'saas-tenant-data-basic' }).waitFor();
  await changeIsShown();
  await page.unroute(STREAM);
  await page.locator('.live-live').waitFor();
  expect(await stateOf(page).innerText()).toBe('Live');
  await close();
});

test('a page whose stream has not begun yet says that it is catching up, and polls meanwhile', async () => {
  const { page, close, row, changeIsShown } = await openTables();
  const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
  await page.route(STREAM, async (route) => {
    await begun;
    await route.continue();
  });
  await page.reload();
  await row.waitFor();
  expect(await stateOf(page).innerText()).toBe('Catching up');
  await changeIsShown();
  begin();
  await afterLoading(page);
  expect(await stateOf(page).innerText()).toBe('Live');
  await close();
});
