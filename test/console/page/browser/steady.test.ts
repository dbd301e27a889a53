import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { count } from '../../../../functions/console/page/parts/formats.ts';
import { until } from '../../../support/until.ts';
import { moveOn } from '../fake-world.ts';
import { afterLoading, idOf, openPage } from './open-page.ts';
import { browserForFile, worldFor } from './set-up.ts';

const browser = browserForFile();
const world = worldFor('eachTest');

const STEPS = 4;

/** Has the page note each move of an element that no input has caused, from the next load on. */
const noteJumps = (page: Page): Promise<unknown> =>
  page.addInitScript(() => {
    const jumps: string[] = [];
    Object.assign(window, { notedJumps: jumps });
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) {
        const sources: unknown = Reflect.get(entry, 'sources');
        if (Reflect.get(entry, 'hadRecentInput') === true || !Array.isArray(sources)) continue;
        jumps.push(...sources.map(({ node }) => String(node?.className ?? node?.nodeName)));
      }
    }).observe({ type: 'layout-shift' });
  });

/** Returns the jumps since the last call, and forgets them. */
const takeJumps = (page: Page): Promise<readonly unknown[]> =>
  page.evaluate(() => {
    const noted: unknown = Reflect.get(window, 'notedJumps');
    return Array.isArray(noted) ? noted.splice(0) : [];
  });

/** Returns how many items of a tenant are copied, as the page writes it. */
const copiedOf = async (tenant: string): Promise<string> => {
  let copied = 0;
  for await (const segment of world.ports.segments.list(idOf(world.ports, tenant)))
    copied += segment.copied.items;
  return count(copied);
};

test('nothing on the screen jumps while a migration goes on', async () => {
  const path = `/migrations/${idOf(world.ports, 'cedar-valley')}`;
  const { page, close } = await openPage(browser, world.served, path);
  await noteJumps(page);
  await page.reload();
  await afterLoading(page);
  await page.locator('.u-wrap').first().waitFor();
  await takeJumps(page);
  for (let step = 0; step < STEPS; step += 1) {
    const before = await copiedOf('cedar-valley');
    await moveOn(world.ports);
    const after = await copiedOf('cedar-valley');
    expect(after).not.toBe(before);
    await page.locator('.mig-figures').getByText(after, { exact: true }).waitFor();
  }
  expect(await takeJumps(page)).toEqual([]);
  await close();
});

test('a jump is noticed', async () => {
  const { page, close } = await openPage(browser, world.served, '/thresholds');
  await noteJumps(page);
  await page.reload();
  await afterLoading(page);
  await page.evaluate(() => document.querySelector('main')?.prepend(document.createElement('hr')));
  await until('the jump', async () => (await takeJumps(page)).length > 0);
  await close();
});
