import { describe, expect, test } from 'vitest';
import { HANG_MS } from '../../../../scripts/bench/console/start-browser.ts';
import { afterLoading, axeFindings, openPage } from './open-page.ts';
import { browserForFile, worldFor } from './set-up.ts';

const browser = browserForFile();
const world = worldFor('eachTest');

describe('a console on loopback', () => {
  test('asks for the link in a browser that has none, and continues with it', async () => {
    const { endpoint, url } = world.served;
    const context = await browser.newContext();
    context.setDefaultTimeout(HANG_MS);
    const page = await context.newPage();
    await page.goto(`${endpoint}/queue`);
    await page.getByText('Open the printed link').waitFor();
    expect(await axeFindings(page)).toEqual([]);
    await page.getByRole('textbox', { name: 'Link' }).fill('http://127.0.0.1/');
    await page.getByRole('textbox', { name: 'Link' }).press('Enter');
    await page.getByText('This link has no token.').waitFor();
    await page.getByRole('textbox', { name: 'Link' }).fill(url);
    await page.getByRole('textbox', { name: 'Link' }).press('Enter');
    await afterLoading(page);
    expect(page.url()).toBe(`${endpoint}/queue`);
    await context.close();
  });

  test('a second tab needs no link while the first is open', async () => {
    const { page, close } = await openPage(browser, world.served, '/');
    const second = await page.context().newPage();
    await second.goto(`${world.served.endpoint}/thresholds`);
    await afterLoading(second);
    await close();
  });

  test('a restarted server asks for its new link, and the page is live again with it', async () => {
    const { page, close } = await openPage(browser, world.served, '/queue');
    await world.served.stop();
    await page.locator('.live-disconnected').waitFor();
    const served = await world.serveAgain();
    await page.getByText('The console was started anew').waitFor();
    await page.getByRole('textbox', { name: 'Link' }).fill(served.url);
    await page.getByRole('button', { name: 'Continue' }).click();
    await afterLoading(page);
    await close();
  });

  test('a lost network is reported, and the shown data stays', async () => {
    const { page, close } = await openPage(browser, world.served, '/queue');
    await world.served.stop();
    await page.getByRole('alert').getByText('Disconnected since').waitFor();
    expect(await page.getByText('dry-creek').count()).toBeGreaterThan(0);
    expect(await axeFindings(page)).toEqual([]);
    await close();
  });
});
