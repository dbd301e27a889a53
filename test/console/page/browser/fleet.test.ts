import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { axeFindings, openPage } from './open-page.ts';
import { browserForFile, worldFor } from './set-up.ts';

const browser = browserForFile();
const world = worldFor('file');

const BASIC = 'saas-tenant-data-basic';

/** The row of a tier table. */
const rowOf = (page: Page, table: string) =>
  page.getByRole('listitem').filter({ has: page.getByRole('link', { name: table, exact: true }) });

test('a table names its tenants with the most schools, and the others are a link away', async () => {
  const { page, offences, close } = await openPage(browser, world.served, '/');
  const row = rowOf(page, BASIC);
  const { tenants } = await world.ports.registry.tenantsIn(
    { by: 'table', value: BASIC, order: 'schools' },
    { limit: 4 },
  );
  for (const { tenantId } of tenants) await row.getByRole('link', { name: tenantId, exact: true }).waitFor();
  const links = await row.getByRole('link').allTextContents();
  expect(links).toHaveLength(6);
  expect(links[0]).toBe(BASIC);
  expect(links[5]).toMatch(/^\d+\smore$/);
  expect(await axeFindings(page)).toEqual([]);
  expect(offences).toEqual([]);

  await row.getByRole('link', { name: /more tenants of/ }).click();
  await page.getByRole('heading', { name: 'Tenants', level: 1 }).waitFor();
  expect(new URL(page.url()).searchParams.get('table')).toBe(BASIC);
  await close();
});

test('a dedicated table names its tenant', async () => {
  const { page, close } = await openPage(browser, world.served, '/');
  const dedicated = (await world.ports.registry.allTables()).tables.find(
    ({ tenantId, state }) => tenantId !== undefined && state === 'active',
  );
  const { table = '', tenantId = '' } = dedicated ?? {};
  await rowOf(page, table).getByRole('link', { name: tenantId, exact: true }).click();
  await page.getByRole('heading', { name: tenantId, level: 1 }).waitFor();
  await close();
});
