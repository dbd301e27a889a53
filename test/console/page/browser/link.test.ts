import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type ConsoleServer, serveConsole } from '../../../../scripts/console/serve-console.ts';
import { afterLoading, axeFindings, builtPage, openPage, type ServedWorld, serveWorld } from './open-page.ts';
import { HANG_MS, startBrowser } from './start-browser.ts';

let browser: Browser;
beforeAll(async () => {
  browser = await startBrowser();
});
afterAll(() => browser?.close());

const subject = { name: 'ana', role: 'admin', verified: false } as const;
/** The same console started again: its link has another token. */
const serveAgain = ({ ports, served }: ServedWorld): Promise<ConsoleServer> =>
  serveConsole({ ports, subject, page: builtPage(), port: Number(new URL(served.endpoint).port) });

describe('a console on loopback', () => {
  let served: ConsoleServer | undefined;
  afterEach(async () => {
    await served?.stop();
    served = undefined;
  });
  const serve = async (): Promise<ServedWorld> => {
    const world = await serveWorld();
    served = world.served;
    return world;
  };

  test('asks for the link in a browser that has none, and continues with it', async () => {
    const {
      served: { endpoint, url },
    } = await serve();
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
    const { served: console } = await serve();
    const { page, close } = await openPage(browser, console, '/');
    const second = await page.context().newPage();
    await second.goto(`${console.endpoint}/thresholds`);
    await afterLoading(second);
    await close();
  });

  test('a restarted server asks for its new link, and the page is live again with it', async () => {
    const world = await serve();
    const { page, close } = await openPage(browser, world.served, '/queue');
    await world.served.stop();
    await page.locator('.live-disconnected').waitFor();
    served = await serveAgain(world);
    await page.getByText('The console was started anew').waitFor();
    await page.getByRole('textbox', { name: 'Link' }).fill(served.url);
    await page.getByRole('button', { name: 'Continue' }).click();
    await afterLoading(page);
    await close();
  });

  test('a lost network is reported, and the shown data stays', async () => {
    const world = await serve();
    const { page, close } = await openPage(browser, world.served, '/queue');
    await world.served.stop();
    await page.getByRole('alert').getByText('Disconnected since').waitFor();
    expect(await page.getByText('dry-creek').count()).toBeGreaterThan(0);
    expect(await axeFindings(page)).toEqual([]);
    await close();
  });
});
