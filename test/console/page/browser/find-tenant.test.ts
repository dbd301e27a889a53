import { expect, test } from 'vitest';
import { addManyTenants, manyTenantId } from '../../../../scripts/bench/console/many-tenants.ts';
import { embeddedStory, stopApplication } from './embedded-story.ts';
import { afterLoading } from './open-page.ts';

const TENANTS = 10_000;
const ROWS = 50;
/** The first tenant of the list, before all others by id and by name. */
const WANTED = 'alder-creek';

const { world, serve, open } = embeddedStory();

test(`an operator finds a tenant among ${TENANTS} while it is written`, async () => {
  await addManyTenants(world.stack, TENANTS);
  const tenant = await world.addWrittenTenant(WANTED);
  const served = await serve('ana');
  const { page, offences } = await open(served, '/');
  const link = (name: string) => page.getByRole('link', { name, exact: true });
  const rows = page.locator('tbody tr');

  await link('Tenants').click();
  await link(WANTED).waitFor();
  await page.getByText(`Page 1: ${ROWS} tenants.`).waitFor();
  expect(await rows.count()).toBe(ROWS);
  await page.getByRole('button', { name: 'Next' }).click();
  await page.getByText(`Page 2: ${ROWS} tenants.`).waitFor();
  await link(manyTenantId(ROWS)).waitFor();
  expect(await link(WANTED).count()).toBe(0);

  await page.getByRole('searchbox', { name: 'Search' }).fill('District 99');
  await page.waitForURL('**/tenants?search=District+99');
  await page.getByText('Page 1: 50 tenants.').waitFor();
  await link(manyTenantId(9_999)).waitFor({ state: 'detached' });
  await page.getByRole('button', { name: 'Tier' }).click();
  await page.getByRole('option', { name: 'premium', exact: true }).click();
  await page.waitForURL('**/tenants?search=District+99&tier=premium');
  const found = page.getByText(/^Page 1: \d+ tenants, the last page\.$/);
  await found.waitFor();
  const listed = await rows.count();
  expect(await found.innerText()).toBe(`Page 1: ${listed} tenants, the last page.`);
  for (const row of await rows.allInnerTexts()) expect(row).toMatch(/District 99\d*.*premium/s);

  // the filters are a link, which a colleague opens
  const { page: colleague } = await open(
    served,
    `${new URL(page.url()).pathname}${new URL(page.url()).search}`,
  );
  await colleague.getByText(`Page 1: ${listed} tenants, the last page.`).waitFor();

  await page.getByRole('button', { name: 'Clear filters' }).click();
  await page.getByRole('searchbox', { name: 'Search' }).fill(WANTED);
  await page.waitForURL(`**/tenants?search=${WANTED}`);
  await page.getByText('Page 1: 1 tenant, the last page.').waitFor();
  await link(WANTED).click();
  await page.getByRole('heading', { name: WANTED, level: 1 }).waitFor();
  await page.goBack();
  await page.getByText('Page 1: 1 tenant, the last page.').waitFor();
  expect(await page.getByRole('searchbox', { name: 'Search' }).inputValue()).toBe(WANTED);
  await page.reload();
  await afterLoading(page);
  await link(WANTED).waitFor();
  expect(offences).toEqual([]);
  await stopApplication(tenant);
});
