import { expect, test } from 'vitest';
import { until } from '../../../support/until.ts';
import { axeFindings, openPage } from './open-page.ts';
import { browserForFile, worldFor } from './set-up.ts';

const browser = browserForFile();
const world = worldFor('eachTest');

const BASIC = 'saas-tenant-data-basic';

test('an administrator retires a table with a reason, reads what was requested, and reinstates it', async () => {
  const { page, close } = await openPage(browser, world.served, '/tables');
  const row = page.getByRole('row').filter({ hasText: BASIC });
  const dialog = page.getByRole('dialog');
  const stateOf = async () => {
    const { tables } = await world.ports.registry.allTables();
    return tables.find(({ table }) => table === BASIC)?.state;
  };
  await row.getByText('Active').waitFor();
  await page.getByRole('button', { name: `Retire ${BASIC}` }).click();
  await dialog.getByRole('button', { name: 'Retire', exact: true }).click();
  await dialog.getByText('Give a reason.').first().waitFor();
  expect(await stateOf()).toBe('active');
  await dialog.getByLabel('Reason').fill('it is too hot');
  await dialog.getByRole('button', { name: 'Retire', exact: true }).click();
  await page.getByRole('heading', { name: `${BASIC} is being retired` }).waitFor();
  await dialog.getByText(/^\d+ migrations? requested/).waitFor();
  expect(await axeFindings(page)).toEqual([]);
  expect(await stateOf()).toBe('retiring');
  await dialog.getByRole('button', { name: 'Close' }).click();
  await dialog.waitFor({ state: 'detached' });

  await row.getByText('Retiring').waitFor();
  await page.getByRole('button', { name: `Reinstate ${BASIC}` }).click();
  await dialog.getByLabel('Reason').fill('it has cooled down');
  await dialog.getByRole('button', { name: 'Reinstate', exact: true }).click();
  await dialog.waitFor({ state: 'detached' });
  await row.getByText('Active').waitFor();
  await until('the registry', async () => (await stateOf()) === 'active');
  await close();
});
