import { expect, test } from 'vitest';
import { afterLoading, axeFindings, openPage } from './open-page.ts';
import { browserForFile, worldFor } from './set-up.ts';

const browser = browserForFile();
const world = worldFor('file');

test('a viewer chooses the colours, also after a reload, whatever the system has', async () => {
  const { page, close } = await openPage(browser, world.served, '/thresholds', { scheme: 'light' });
  const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const light = await background();
  await page.getByLabel('Colours').selectOption('Dark');
  const dark = await background();
  expect(dark).not.toBe(light);
  await page.reload();
  await afterLoading(page);
  expect(await background()).toBe(dark);
  await page.getByLabel('Colours').selectOption('Auto');
  expect(await background()).toBe(light);
  await close();
});

test('on a phone the menu opens, leads to a view, and is closed there', async () => {
  const { page, close } = await openPage(browser, world.served, '/thresholds', { width: 390 });
  const menu = page.getByRole('button', { name: 'Menu' });
  const queue = page.getByRole('link', { name: 'Queue', exact: true });
  expect(await queue.isVisible()).toBe(false);
  await menu.click();
  expect(await menu.getAttribute('aria-expanded')).toBe('true');
  expect(await axeFindings(page)).toEqual([]);
  await queue.click();
  await page.getByRole('heading', { name: 'Queue', level: 1 }).waitFor();
  expect(await menu.getAttribute('aria-expanded')).toBe('false');
  expect(await queue.isVisible()).toBe(false);
  await close();
});
