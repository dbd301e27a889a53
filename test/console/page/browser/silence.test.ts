import { expect, test } from 'vitest';
import { registerTenant } from '../../../../functions/migration/operator/register-tenant.ts';
import { until } from '../../../support/until.ts';
import { afterLoading, openPage } from './open-page.ts';
import { browserForFile, worldFor } from './set-up.ts';

const browser = browserForFile();
const world = worldFor('eachTest');

/** Longer than the page allows the stream to be silent, and than it waits before it connects again, in ms. */
const SILENCE_MS = 30_000;
const WAIT_MS = 500;

test('after a silence of the stream the page connects again and reads everything on the screen at once', async () => {
  const { page, close } = await openPage(browser, world.served, '/tables');
  const basic = page.getByRole('row').filter({ hasText: 'saas-tenant-data-basic' });
  await page.clock.install();
  await page.reload();
  await afterLoading(page);
  const before = await basic.innerText();

  // no event tells of a registered tenant, so a page that is live does not show it
  await registerTenant(world.ports, { tenantId: 'quiet-moor', name: 'Quiet Moor', tier: 'basic', by: 'ben' });
  const read: string[] = [];
  page.on('request', (request) => read.push(new URL(request.url()).pathname));
  // the page's time stands from here on, so that no poll can be what reads the change
  await page.clock.pauseAt(Date.now() + SILENCE_MS);
  await page.locator('.live-disconnected').waitFor();
  expect(read).toEqual([]);
  await page.clock.runFor(WAIT_MS);
  await page.locator('.live-live').waitFor();
  await until('the documents to be read', () => read.length >= 3);
  await page.clock.resume();
  await until('the change on the screen', async () => (await basic.innerText()) !== before);
  expect(read.toSorted()).toEqual(['/api/session', '/api/stream', '/api/tables']);
  await close();
});
