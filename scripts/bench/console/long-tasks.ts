import type { Browser, Page } from 'playwright-core';
import * as z from 'zod';
import { serveConsole } from '../../console/serve-console.ts';
import type { BenchWorld } from './bench-world.ts';
import { openBenchPage } from './open-bench-page.ts';
import { beside, report, say } from './output.ts';

const MOST_MS = 100;
const STEP_PX = 300;
const ROUNDS = 3;
const STEPS = 25;
const TRAIL_PAGES = 5;
/** Time for which the page is left alone, in ms: it asks for figures and segments meanwhile. */
const WATCH_MS = 15_000;

/** Entries of the browser's own observer. A task or frame is reported from 50 ms on, a script in such a frame from 5 ms on. */
const Entry = z.object({
  entryType: z.enum(['longtask', 'long-animation-frame']),
  duration: z.number(),
  scripts: z
    .array(z.object({ duration: z.number(), sourceURL: z.string(), invoker: z.string() }))
    .default([]),
});
type Entry = z.output<typeof Entry>;

/** Notes long tasks and frames from the beginning of each document on. */
const observe = async (page: Page): Promise<void> => {
  await page.addInitScript(() => {
    const noted: unknown[] = [];
    Object.assign(window, { notedEntries: noted });
    for (const type of ['longtask', 'long-animation-frame'])
      new PerformanceObserver((list) =>
        noted.push(...list.getEntries().map((entry) => entry.toJSON())),
      ).observe({
        type,
        buffered: true,
      });
  });
};

/** Returns the entries since the last call, and forgets them. */
const takeEntries = async (page: Page): Promise<readonly Entry[]> => {
  const noted = await page.evaluate(() => {
    const entries: unknown = Reflect.get(window, 'notedEntries');
    return Array.isArray(entries) ? entries.splice(0) : [];
  });
  return z.array(Entry).parse(noted);
};

/** @throws Error if the browser does not report a task that is known to be long. */
const checkObserver = async (page: Page): Promise<void> => {
  await page.evaluate((ms) => {
    setTimeout(() => {
      const end = performance.now() + ms;
      while (performance.now() < end);
    });
  }, 2 * MOST_MS);
  await page.waitForTimeout(5 * MOST_MS);
  const isSeen = (await takeEntries(page)).some(({ duration }) => duration >= MOST_MS);
  if (!isSeen) throw new Error('the browser has not reported a long task that was made on purpose');
};

/** Measures the longest tasks of the page while it draws, scrolls and follows a migration with many segments and events. */
export const measureTasks = async (
  browser: Browser,
  { stack, large }: BenchWorld,
  pageFiles: Parameters<typeof serveConsole>[0]['page'],
): Promise<void> => {
  const subject = { name: 'bench', role: 'operator', verified: false } as const;
  const served = await serveConsole({ ports: stack.ports, subject, page: pageFiles });
  const page = await openBenchPage(browser, served, `/migrations/${large}`, observe);
  try {
    const segments = await page
      .getByRole('slider', { name: 'Segment of the map' })
      .getAttribute('aria-valuemax');
    const events = await page.getByText(/^1 to \d+ of/).innerText();
    say(`a migration of ${Number(segments) + 1} segments; events: ${events}`);
    let longest = 0;
    const phase = async (what: string, work: () => Promise<void>) => {
      report(`long tasks: ${what}`);
      await work();
      longest = Math.max(longest, sayPhase(what, await takeEntries(page), served.endpoint));
    };
    await phase('drawn for the first time', () => page.locator('.mig-map canvas').waitFor());
    await phase('scrolled', () => scroll(page));
    await phase('followed', () => page.waitForTimeout(WATCH_MS));
    await phase('pages of events turned', () => turnPages(page));
    await phase('events searched', () => search(page));
    await phase('segments chosen by key', () => chooseSegments(page));
    await checkObserver(page);
    say(`  longest script of the page: ${beside(longest, MOST_MS, 'ms')}`);
  } finally {
    await page.context().close();
    await served.stop();
  }
};

/** @returns the longest script of the page itself, in ms */
const sayPhase = (what: string, entries: readonly Entry[], endpoint: string): number => {
  const longestOf = (durations: readonly number[]): number => Math.max(0, ...durations);
  const tasks = entries.filter(({ entryType }) => entryType === 'longtask');
  const scripts = entries
    .flatMap((entry) => entry.scripts)
    .filter(({ sourceURL }) => sourceURL.startsWith(endpoint));
  const slowest = scripts.toSorted((a, b) => b.duration - a.duration)[0];
  const script = slowest?.duration ?? 0;
  const invoker = slowest ? ` (${slowest.invoker.replace(endpoint, '')})` : '';
  const task = longestOf(tasks.map(({ duration }) => duration));
  say(
    `  ${what.padEnd(26)} tasks over 50 ms: ${String(tasks.length).padStart(3)}, longest ${Math.round(task)} ms; longest script ${Math.round(script)} ms${invoker}`,
  );
  return script;
};

const scroll = async (page: Page): Promise<void> => {
  await page.mouse.move(640, 430);
  for (let round = 0; round < ROUNDS; round += 1)
    for (const direction of [1, -1])
      for (let n = 0; n < STEPS; n += 1) {
        await page.mouse.wheel(0, direction * STEP_PX);
        await nextFrame(page);
      }
};

const turnPages = async (page: Page): Promise<void> => {
  for (let n = 0; n < TRAIL_PAGES; n += 1) {
    await page.getByRole('button', { name: 'Next page of events' }).click();
    await nextFrame(page);
  }
};

const search = async (page: Page): Promise<void> => {
  const field = page.getByRole('searchbox', { name: 'Find in the audit trail' });
  await field.pressSequentially('round 4321 ');
  await page.getByText('1 to 1 of 1 events').waitFor();
  await field.fill('');
  await page.getByText(/^1 to 50 of/).waitFor();
};

const chooseSegments = async (page: Page): Promise<void> => {
  const map = page.getByRole('slider', { name: 'Segment of the map' });
  await map.focus();
  for (const key of ['ArrowRight', 'ArrowDown', 'ArrowRight', 'End', 'ArrowLeft', 'Home'])
    await map.press(key);
  await nextFrame(page);
};

const nextFrame = (page: Page): Promise<void> =>
  page.evaluate(() => new Promise<void>((resolve) => requestAnimationFrame(() => resolve())));
