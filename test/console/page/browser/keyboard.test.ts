import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { ended } from '../../../support/tenants.ts';
import { until } from '../../../support/until.ts';
import { embeddedStory, shows, stopApplication } from './embedded-story.ts';
import { type KeyboardUser, keyboardUser } from './keyboard-user.ts';

const { world, serve, open } = embeddedStory();

const main = (page: Page, button: string) =>
  page.locator('main').getByRole('button', { name: button, exact: true });

/** Carries out an action by its button, with a reason. */
const act = async (page: Page, user: KeyboardUser, button: string): Promise<void> => {
  await user.tabTo(main(page, button));
  await user.press('Enter');
  const dialog = page.getByRole('dialog');
  await dialog.waitFor();
  await until('the focus in the reason', () =>
    dialog.getByLabel('Reason').evaluate((field) => field === document.activeElement),
  );
  await user.type(`to see ${button.toLowerCase()}`);
  await user.tabTo(dialog.getByRole('button', { name: button, exact: true }));
  await user.press('Enter');
  await dialog.waitFor({ state: 'detached' });
};

test('a keyboard alone finds a tenant, plans and starts its move, steers it, and rolls it back', async () => {
  const { ports } = world.stack;
  const served = await serve('ana');
  const tenant = await world.addWrittenTenant('hemlock-ridge');
  const { tenantId } = tenant;
  const { page, offences } = await open(served, '/');
  await page.emulateMedia({ reducedMotion: 'reduce' });
  const user = keyboardUser(page);

  await user.tabTo(page.getByRole('link', { name: 'Tenants', exact: true }));
  await user.press('Enter');
  await page.getByRole('heading', { name: 'Tenants', level: 1 }).waitFor();
  await user.tabTo(page.getByRole('searchbox', { name: 'Search' }));
  await user.type(tenantId);
  await page.waitForURL(`**/tenants?search=${tenantId}`);
  await page.getByText('Page 1: 1 tenant, the last page.').waitFor();
  // the arrow keys lead from cell to cell, and to the link in a cell that has one
  await user.tabTo(page.getByRole('columnheader').first());
  await user.press('ArrowDown');
  const plan = page.getByRole('link', { name: `Plan a move of ${tenantId}`, exact: true });
  await user.pressUntil('ArrowRight', () => plan.evaluate((link) => link === document.activeElement));
  await user.press('Enter');

  await page.getByRole('heading', { name: '1. Target' }).waitFor();
  const advanced = page.getByLabel('advanced, shared table');
  await user.tabTo(page.getByRole('radiogroup'));
  await user.press('Space');
  await user.pressUntil('ArrowDown', () => advanced.isChecked());
  await user.tabTo(page.getByLabel('Reason'));
  await user.type('the district has grown');
  await user.tabTo(main(page, 'Run the dry run'));
  await user.press('Enter');
  await page.getByRole('heading', { name: '3. Plan' }).waitFor();
  const held = page.getByLabel('Held');
  await user.tabTo(page.getByRole('radiogroup', { name: 'Cutover' }));
  await user.pressUntil('ArrowDown', () => held.isChecked());
  await user.tabTo(main(page, 'Start the migration'));
  await user.press('Enter');
  await page.waitForURL('**/migrations/mig-*');
  await shows(page, 'Cutover held');
  const id = await until('the migration', () => ports.migrations.latest(tenantId));

  await user.tabTo(page.getByLabel('Write limit'));
  await user.press('ArrowLeft');
  await world.untilIt(id, ({ writeUnitsPerSecond }) => writeUnitsPerSecond === 10_000);
  await page.getByText('Setting the limit').waitFor({ state: 'detached' });
  await act(page, user, 'Release the cutover');
  await shows(page, 'Flipped, source kept');
  await act(page, user, 'Roll back');
  expect((await ended(ports, id)).status).toBe('rolledBack');
  await shows(page, 'Rolled back');
  await stopApplication(tenant);
  expect(user.unseen).toEqual([]);
  expect(offences).toEqual([]);
});

test('a focus that is not drawn is found', async () => {
  const served = await serve('ana');
  const { page } = await open(served, '/thresholds');
  await page.evaluate(() => {
    const hidden = new CSSStyleSheet();
    hidden.replaceSync('*, *::before, *::after { outline: none !important; box-shadow: none !important }');
    document.adoptedStyleSheets = [...document.adoptedStyleSheets, hidden];
  });
  const user = keyboardUser(page);
  await user.tabTo(page.getByRole('link', { name: 'Queue', exact: true }));
  expect(user.unseen.length).toBeGreaterThan(0);
});
