import { setTimeout as sleep } from 'node:timers/promises';
import type { Browser, Page } from 'playwright-core';
import { pauseMigration, resumeMigration } from '../../../functions/migration/operator/pause-migration.ts';
import { serveConsole } from '../../console/serve-console.ts';
import type { BenchWorld } from './bench-world.ts';
import { startCuttableProxy } from './cuttable-proxy.ts';
import { openBenchPage } from './open-bench-page.ts';
import { report, sayTimes } from './output.ts';

const SHOWN_MS = 1_000;
const LIVE_AGAIN_MS = 3_000;
/** Longest pause before a change or a cut, in ms. It is random, so that it falls anywhere between two polls of the server. */
const PAUSE_MS = 1_000;
const pause = () => sleep(Math.random() * PAUSE_MS);
const note = { by: 'bench', reason: 'to measure' };

/** Serves the console for a page, through a proxy that can cut its connections. */
const serve = async ({ stack }: BenchWorld, pageFiles: Parameters<typeof serveConsole>[0]['page']) => {
  const subject = { name: 'bench', role: 'operator', verified: false } as const;
  const served = await serveConsole({ ports: stack.ports, subject, page: pageFiles });
  const proxy = await startCuttableProxy(served.endpoint);
  return {
    ...{ endpoint: proxy.endpoint, token: served.token, cut: proxy.cut },
    async stop() {
      await proxy.stop();
      await served.stop();
    },
  };
};

export interface LiveWish {
  readonly changes: number;
  readonly cuts: number;
  readonly pageFiles: Parameters<typeof serveConsole>[0]['page'];
}

/** Measures how soon a change is on the screen, and how soon the page is live again after its connections were cut. */
export const measureLive = async (
  browser: Browser,
  world: BenchWorld,
  { changes, cuts, pageFiles }: LiveWish,
): Promise<void> => {
  const console = await serve(world, pageFiles);
  const page = await openBenchPage(browser, console, `/migrations/${world.small}`);
  try {
    sayTimes(
      'a change is on the screen, from the call that makes it',
      await changeTimes(page, world, changes),
      SHOWN_MS,
    );
    sayTimes('the page is live again after a cut', await cutTimes(page, console.cut, cuts), LIVE_AGAIN_MS);
  } finally {
    await page.context().close();
    await console.stop();
  }
};

const changeTimes = async (page: Page, { stack, small }: BenchWorld, changes: number): Promise<number[]> => {
  const times: number[] = [];
  for (let n = 0; n < changes; n += 1) {
    if (n % 10 === 0) report(`change ${n + 1} of ${changes}`);
    const [change, words] =
      n % 2 === 0 ? [pauseMigration, 'Paused while catching up'] : [resumeMigration, 'Cutover held'];
    const shown = await page.evaluateHandle(
      (text) => ({
        // once a frame with the text has been drawn
        at: new Promise<number>((resolve) => {
          const checkPage = () => {
            if (!document.querySelector('main')?.textContent.includes(text)) return;
            observer.disconnect();
            requestAnimationFrame(() => setTimeout(() => resolve(Date.now())));
          };
          const observer = new MutationObserver(checkPage);
          observer.observe(document.body, { subtree: true, childList: true, characterData: true });
          checkPage();
        }),
      }),
      words,
    );
    await pause();
    const changedAt = Date.now();
    await change(stack.ports, small, note);
    times.push((await shown.evaluate(({ at }) => at)) - changedAt);
    await shown.dispose();
  }
  return times;
};

const cutTimes = async (page: Page, cut: () => void, cuts: number): Promise<number[]> => {
  const states = await page.evaluateHandle(() => {
    const seen: { readonly state: string; readonly at: number }[] = [];
    const checkPage = () => {
      const state = document.querySelector('.live')?.className ?? '';
      if (seen.at(-1)?.state !== state) seen.push({ state, at: Date.now() });
    };
    new MutationObserver(checkPage).observe(document.body, {
      subtree: true,
      childList: true,
      attributes: true,
    });
    checkPage();
    return seen;
  });
  const times: number[] = [];
  for (let n = 0; n < cuts; n += 1) {
    if (n % 10 === 0) report(`cut ${n + 1} of ${cuts}`);
    await pause();
    const cutAt = Date.now();
    cut();
    const liveAt = async () => {
      const since = (await states.jsonValue()).filter(({ at }) => at >= cutAt);
      const lost = since.findIndex(({ state }) => state.includes('live-disconnected'));
      return lost < 0 ? undefined : since.slice(lost).find(({ state }) => state.includes('live-live'))?.at;
    };
    let at = await liveAt();
    for (; at === undefined; at = await liveAt()) await sleep(20);
    times.push(at - cutAt);
  }
  await states.dispose();
  return times;
};
