import { expect, test } from 'vitest';
import { idOf, openPage } from './open-page.ts';
import { browserForFile, worldFor } from './set-up.ts';

const browser = browserForFile();
const world = worldFor('file');

test('the queue says what each request waits for, in the order of admission, and what has stopped', async () => {
  const { page, close } = await openPage(browser, world.served, '/queue');
  const rowsOf = (table: string) =>
    page.getByRole('grid', { name: table }).locator('tbody tr').allInnerTexts();
  expect(await rowsOf('Waiting migrations')).toEqual([
    expect.stringMatching(
      /^1\s+teal-harbor\s.*Normal\s.*4 tenants are leaving saas-tenant-data-basic, which is the most at once\..*Requested by growth/s,
    ),
    expect.stringMatching(/^2\s+gull-point\s.*4 tenants are leaving saas-tenant-data-basic/s),
    expect.stringMatching(/^3\s+zephyr-point\s.*It is admitted next\./s),
  ]);
  expect(await rowsOf('Stopped migrations')).toEqual([expect.stringMatching(/^dry-creek\s/)]);
  await page.getByRole('link', { name: 'Open the migration of dry-creek' }).click();
  await page.waitForURL(`**/migrations/${idOf(world.ports, 'dry-creek')}`);
  await close();
});
