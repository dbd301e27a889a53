import type { Browser, Page } from 'playwright-core';
import { HANG_MS } from './start-browser.ts';

/** Opens a view of the console in a browser of its own, and waits until it shows its data and is live. */
export const openBenchPage = async (
  browser: Browser,
  { endpoint, token }: { readonly endpoint: string; readonly token: string },
  path: string,
  beforeLoad?: (page: Page) => Promise<void>,
): Promise<Page> => {
  const context = await browser.newContext({ viewport: { width: 1_280, height: 860 } });
  context.setDefaultTimeout(HANG_MS);
  const page = await context.newPage();
  await beforeLoad?.(page);
  await page.goto(`${endpoint}${path}#token=${token}`);
  await page.locator('h1').waitFor();
  await page.waitForFunction(() => document.querySelector('.skeleton') === null);
  await page.locator('.live-live').waitFor();
  return page;
};
