import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { count } from '../../../../functions/console/page/parts/formats.ts';
import type { Migration } from '../../../../functions/migration/migration.ts';
import { until } from '../../../support/until.ts';
import { recordsOf } from '../fake-control.ts';
import { moveOn } from '../fake-world.ts';
import { afterLoading, idOf, openPage } from './open-page.ts';
import { browserForFile, worldFor } from './set-up.ts';

const browser = browserForFile();
const world = worldFor('eachTest');

const STEPS = 4;

/** Has the page note each move up or down of an element that no input has caused, from the next load on. */
const noteJumps = (page: Page): Promise<unknown> =>
  page.addInitScript(() => {
    const jumps: string[] = [];
    Object.assign(window, { notedJumps: jumps });
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) {
        const sources: unknown = Reflect.get(entry, 'sources');
        if (Reflect.get(entry, 'hadRecentInput') === true || !Array.isArray(sources)) continue;
        for (const { node, previousRect, currentRect } of sources)
          if (previousRect.y !== currentRect.y)
            jumps.push(`${node?.textContent?.slice(0, 30)}: ${previousRect.y} to ${currentRect.y}`);
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

test('nothing on the screen jumps as a migration flips and is taken back', async () => {
  const id = idOf(world.ports, 'cedar-valley');
  const { page, close } = await openPage(browser, world.served, `/migrations/${id}`);
  // high enough for the whole view: what is out of sight may move unnoticed
  await page.setViewportSize({ width: 1_280, height: 2_600 });
  await noteJumps(page);
  await page.reload();
  await afterLoading(page);
  await page.locator('.u-wrap').first().waitFor();
  const records = recordsOf(world.ports);
  const change = (given: Partial<Migration>) => {
    const record = records.get(id);
    if (record) records.set(id, { ...record, ...given });
  };
  const now = world.ports.clock.now();
  await takeJumps(page);
  const phases = { leasesOut: 640, sentinels: 905, drained: 1_112, compared: 1_214 };
  const fences = { totalMs: 1_240, forwardMs: 1_240, forwardPhases: phases };
  change({ status: 'holding', flippedAt: now, registryChange: 'confirmed', cutovers: 1, fences });
  await page.getByText('Flip to the target: write gap 1.2 s').waitFor();
  change({ status: 'rollingBack', cancellation: { by: 'ana', reason: 'their reports are slower there' } });
  await page.getByRole('heading', { name: 'Flip back to the source' }).waitFor();
  const reverse = {
    totalMs: 2_040,
    reverseMs: 800,
    reversePhases: { leasesOut: 300, sentinels: 500, drained: 700 },
  };
  change({ reverseFlippedAt: now, fences: { ...fences, ...reverse } });
  await page.getByText('Flip back to the source: write gap 800 ms').waitFor();
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
