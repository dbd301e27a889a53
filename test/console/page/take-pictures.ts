import { mkdirSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { startBrowser } from '../../../scripts/bench/console/start-browser.ts';
import { idOf, openPage, serveWorld } from './browser/open-page.ts';
import { moveOn } from './fake-world.ts';
import { type Pixels, smallPng } from './small-png.ts';

/*
 * `npm run pictures:console`: takes the pictures of docs/console.md from the built page over the world in memory. Times in
 * them differ from run to run; commit those that show something new.
 */

const FOLDER = fileURLToPath(new URL('../../../docs/pictures/console', import.meta.url));
const SCHEMES = ['light', 'dark'] as const;
const STEP_MS = 1_000;

interface Picture {
  readonly name: string;
  path(idOf: (tenant: string) => string): string;
  /** Time in which charts get some samples, in ms. */
  readonly afterMs?: number;
  readonly height: number;
  /** Heading at which the picture begins; the top of the page by default. */
  readonly from?: string;
}

const PICTURES: readonly Picture[] = [
  { name: 'fleet', path: () => '/', height: 900 },
  { name: 'fleet-tables', path: () => '/', height: 760, from: 'Tier tables' },
  { name: 'tenants', path: () => '/tenants', height: 760 },
  {
    name: 'plan',
    path: (id) => `/start?tenant=kestrel-hill&plan=${id('kestrel-hill')}`,
    height: 1_200,
  },
  { name: 'migration', path: (id) => `/migrations/${id('cedar-valley')}`, afterMs: 30_000, height: 1_300 },
  { name: 'hold', path: (id) => `/migrations/${id('violet-springs')}`, afterMs: 10_000, height: 800 },
  { name: 'report', path: (id) => `/migrations/${id('north-haven')}/report`, height: 900 },
  { name: 'tables', path: () => '/tables', height: 620 },
];

/** Lets the browser decode a picture. */
const decode = async (page: Page, png: Buffer): Promise<Pixels> => {
  const { width, height, base64 } = await page.evaluate(async (source) => {
    const file = Uint8Array.from(atob(source), (character) => character.charCodeAt(0));
    const bitmap = await createImageBitmap(new Blob([file], { type: 'image/png' }));
    const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext('2d');
    if (!context) throw new Error('the browser has no canvas');
    context.drawImage(bitmap, 0, 0);
    const image = context.getImageData(0, 0, bitmap.width, bitmap.height);
    const reader = new FileReader();
    const read = new Promise((resolve) => reader.addEventListener('load', resolve));
    reader.readAsDataURL(new Blob([image.data]));
    await read;
    return { width: image.width, height: image.height, base64: String(reader.result).replace(/^.*,/, '') };
  }, png.toString('base64'));
  return { width, height, bytes: Buffer.from(base64, 'base64') };
};

/** Takes a picture of a world of its own: on a slow machine, the migrations of an older one would have ended. */
const take = async (browser: Browser, picture: Picture, scheme: (typeof SCHEMES)[number]) => {
  const { name, path, afterMs = 1_000, height, from } = picture;
  const world = await serveWorld();
  const timer = setInterval(() => void moveOn(world.ports), STEP_MS);
  const view = path((tenant) => idOf(world.ports, tenant));
  const { page, close } = await openPage(browser, world.served, view, { scheme });
  await page.setViewportSize({ width: 1_280, height });
  await sleep(afterMs);
  if (from !== undefined)
    await page.getByRole('heading', { name: from }).evaluate((heading) => heading.scrollIntoView());
  const pixels = await decode(page, await page.screenshot());
  writeFileSync(`${FOLDER}/${name}-${scheme}.png`, smallPng(pixels));
  await close();
  clearInterval(timer);
  await world.served.stop();
};

const browser = await startBrowser();
mkdirSync(FOLDER, { recursive: true });
/** Names of pictures to take; all without any. */
const wanted = process.argv.slice(2);
const chosen = PICTURES.filter(({ name }) => wanted.length === 0 || wanted.includes(name));
for (const picture of chosen) for (const scheme of SCHEMES) await take(browser, picture, scheme);
await browser.close();
