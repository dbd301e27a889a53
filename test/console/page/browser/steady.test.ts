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

/** A move of an element that no input has caused, in CSS pixels. */
interface Jump {
  readonly what: string;
  readonly along: number;
  readonly down: number;
}

/** Has the page note jumps, from the next load on. */
const noteJumps = (page: Page): Promise<unknown> =>
  page.addInitScript(() => {
    const jumps: Jump[] = [];
    Object.assign(window, { notedJumps: jumps });
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) {
        const sources: unknown = Reflect.get(entry, 'sources');
        if (Reflect.get(entry, 'hadRecentInput') === true || !Array.isArray(sources)) continue;
        for (const { node, previousRect: before, currentRect: now } of sources)
          jumps.push({
            what: String(node?.textContent).slice(0, 30),
            ...{ along: now.x - before.x, down: now.y - before.y },
          });
      }
    }).observe({ type: 'layout-shift' });
  });

/** Returns the jumps since the last call, and forgets them. */
const takeJumps = (page: Page): Promise<readonly Jump[]> =>
  page.evaluate(async () => {
    // the browser reports a jump some time after the frame that has it
    for (let frames = 0; frames < 3; frames += 1)
      await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
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

test('nothing on the screen moves up or down as a migration flips and is rolled back', async () => {
  const id = idOf(world.ports, 'cedar-valley');
  const { page, close } = await openPage(browser, world.served, `/migrations/${id}`);
  // high enough for the whole view: what is out of sight may move unnoticed
  await page.setViewportSize({ width: 1_280, height: 2_600 });
  await noteJumps(page);
  await page.reload();
  await afterLoading(page);
  await page.locator('.u-wrap').first().waitFor();
  expect(await page.evaluate(() => document.documentElement.scrollHeight <= innerHeight)).toBe(true);
  await takeJumps(page);
  const records = recordsOf(world.ports);
  const jumps: Jump[] = [];
  /** Changes the record, and takes the jumps once the page shows the change. */
  const change = async (given: Partial<Migration>, shown: string) => {
    const record = records.get(id);
    if (record) records.set(id, { ...record, ...given });
    await page.getByText(shown).first().waitFor();
    jumps.push(...(await takeJumps(page)));
  };
  const now = world.ports.clock.now();
  const phases = { leasesOut: 640, sentinels: 905, drained: 1_112, compared: 1_214 };
  const fences = { totalMs: 1_240, forwardMs: 1_240, forwardPhases: phases };
  await change({ status: 'cuttingOver', cutovers: 1, fencedAt: now }, 'Writes are fenced now');
  await change(
    { status: 'holding', flippedAt: now, registryChange: 'confirmed', fences },
    'Flip to the target: write gap 1.2 s',
  );
  const cancellation = { by: 'ana', reason: 'their reports are slower there' };
  await change({ status: 'rollingBack', cancellation }, 'Flip back to the source: not yet');
  const reversePhases = { leasesOut: 300, sentinels: 500, drained: 700 };
  const both = { ...fences, totalMs: 2_040, reverseMs: 800, reversePhases };
  await change(
    { reverseFlippedAt: now, cutovers: 2, fences: both },
    'Flip back to the source: write gap 800 ms',
  );
  await change({ targetComparedAt: now }, 'The copies are deleted from');
  // the words of a title or a button may be longer: what is beside them makes room
  expect(jumps.filter(({ down }) => down !== 0)).toEqual([]);
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
