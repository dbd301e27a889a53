import { expect, test } from 'vitest';
import type { TenantId } from '../../../../functions/migration/names.ts';
import { registerTenant } from '../../../../functions/migration/operator/register-tenant.ts';
import { afterLoading, axeFindings, openPage } from './open-page.ts';
import { browserForFile, worldFor } from './set-up.ts';

const browser = browserForFile();
const world = worldFor('eachTest');

test('a search finds a tenant by its name, and is a link', async () => {
  const { page, close } = await openPage(browser, world.served, '/tenants');
  await page.getByLabel('Search').fill('Cedar V');
  await page.getByRole('link', { name: 'birchwood', exact: true }).waitFor({ state: 'detached' });
  expect(await page.getByRole('link', { name: 'cedar-valley', exact: true }).count()).toBe(1);
  expect(page.url()).toContain('search=Cedar+V');
  await page.reload();
  await afterLoading(page);
  await page.getByRole('link', { name: 'cedar-valley', exact: true }).waitFor();
  expect(await page.getByRole('link', { name: 'birchwood', exact: true }).count()).toBe(0);
  expect(await axeFindings(page)).toEqual([]);
  await close();
});

test('a search that finds nothing says what to do', async () => {
  const { page, close } = await openPage(browser, world.served, '/tenants?search=nowhere');
  await page.getByText('No tenant matches').waitFor();
  expect(await axeFindings(page)).toEqual([]);
  await page.getByRole('button', { name: 'Clear filters' }).click();
  await page.getByRole('link', { name: 'birchwood', exact: true }).waitFor();
  await close();
});

test('a list of more than one page is paged by the server, forwards and backwards', async () => {
  for (let n = 0; n < 40; n += 1)
    await registerTenant(world.ports, {
      ...{ tenantId: `zz-${n}`, name: `District ${n}`, tier: 'basic', schoolCount: 1, by: 'setup' },
    });
  const { page, close } = await openPage(browser, world.served, '/tenants');
  await page.getByRole('button', { name: 'Next' }).click();
  await page.getByText('Page 2: 22 tenants, the last page.').waitFor();
  expect(await page.getByRole('link', { name: 'birchwood', exact: true }).count()).toBe(0);
  await page.reload();
  await page.getByText('Page 2: 22 tenants, the last page.').waitFor();
  await page.getByRole('button', { name: 'First page' }).click();
  await page.getByRole('link', { name: 'birchwood', exact: true }).waitFor();
  await page.getByRole('button', { name: 'Next' }).click();
  await page.getByText('Page 2: 22 tenants, the last page.').waitFor();
  await page.getByRole('button', { name: 'Previous' }).click();
  await page.getByText('Page 1: 50 tenants.').waitFor();
  await close();
});

test('preferences are saved, and kept while they are not', async () => {
  const { page, close } = await openPage(browser, world.served, '/tenants/umber-flats');
  const save = page.getByRole('button', { name: 'Save' });
  expect(await save.isDisabled()).toBe(true);
  await page.getByLabel('Move automatically').click();
  expect(await save.isDisabled()).toBe(true);
  await page.getByLabel('Reason').fill('exam week');
  await save.click();
  await page.getByText('Reason of the last change: exam week').waitFor();
  await page.getByRole('button', { name: 'Discard' }).and(page.locator(':disabled')).waitFor();
  expect(await page.getByLabel('Move automatically').isChecked()).toBe(false);
  for await (const tenant of world.ports.registry.tenants())
    if (tenant.tenantId === 'umber-flats') expect(tenant.autoMigrate).toBe('off');
  expect(await axeFindings(page)).toEqual([]);
  await close();
});

test('a tenant’s open migration has its actions', async () => {
  const { page, close } = await openPage(browser, world.served, '/tenants/foxglove');
  await page.getByRole('button', { name: 'Resume' }).click();
  await page.getByRole('dialog').getByText('Reason').waitFor();
  await close();
});

test('a tenant that does not exist says what to do', async () => {
  const { page, close } = await openPage(browser, world.served, '/tenants/nowhere');
  await page.getByText('Check the id, or open the list of tenants.').waitFor();
  expect(await axeFindings(page)).toEqual([]);
  await close();
});

test('the second of two operators reads who was first, and what they wrote is kept', async () => {
  const { page, close } = await openPage(browser, world.served, '/tenants/birchwood');
  await page.getByLabel('Dedicated table').click();
  await page.getByLabel('Reason').fill('to see');
  const note = { by: 'bea', at: world.ports.clock.now() };
  const preferences = { autoMigrate: 'off', preferencesReason: 'exam week' } as const;
  await world.ports.registry.setPreferences('birchwood' as TenantId, preferences, note);
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('Last change, by bea').waitFor();
  await page.getByText('Exam week.').waitFor();
  expect(await page.getByLabel('Reason').inputValue()).toBe('to see');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('Reason of the last change: to see').waitFor();
  await close();
});

test('times have UTC on hover, and are in UTC for a viewer who has chosen that, also after a reload', async () => {
  const { page, close } = await openPage(browser, world.served, '/tenants/umber-flats');
  const time = page.locator('main time').first();
  await time.waitFor();
  expect(await time.textContent()).not.toContain('UTC');
  expect(await time.getAttribute('title')).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC$/);
  await page.getByLabel('Times in').selectOption('UTC');
  await page.locator('main time', { hasText: / UTC$/ }).first().waitFor();
  await page.reload();
  await page.locator('main time', { hasText: / UTC$/ }).first().waitFor();
  await close();
});

test('the arrow keys lead to the links of a table, and Enter follows one', async () => {
  const { page, close } = await openPage(browser, world.served, '/tenants?search=umber');
  const plan = page.getByRole('link', { name: 'Plan a move of umber-flats', exact: true });
  await plan.waitFor();
  await page.getByRole('link', { name: 'umber-flats', exact: true }).focus();
  for (let n = 0; n < 5; n += 1) await page.keyboard.press('ArrowRight');
  expect(await plan.evaluate((link) => link === document.activeElement)).toBe(true);
  await page.keyboard.press('Enter');
  await page.waitForURL('**/start?tenant=umber-flats');
  await close();
});
