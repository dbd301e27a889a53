import { fileURLToPath } from 'node:url';
import { AxeBuilder } from '@axe-core/playwright';
import type { Browser, Page } from 'playwright-core';
import { type PageFiles, readPage } from '../../../../functions/console/api/page-files.ts';
import type { MigrationId } from '../../../../functions/migration/names.ts';
import { HANG_MS } from '../../../../scripts/bench/console/start-browser.ts';
import { type ConsoleServer, serveConsole } from '../../../../scripts/console/serve-console.ts';
import type { FakePorts } from '../../../support/fake-ports.ts';
import { recordsOf } from '../fake-control.ts';
import { seededWorld } from '../fake-world.ts';

const DIST = fileURLToPath(new URL('../../../../dist/console', import.meta.url));

/** @throws Error if the page has not been built. */
export const builtPage = (): PageFiles => {
  const page = readPage(DIST);
  if (!page) throw new Error('the page is not built: npm run build:console');
  return page;
};

/** Returns the latest migration of a tenant of the seeded world. */
export const idOf = (ports: FakePorts, tenant: string): MigrationId => {
  const found = [...recordsOf(ports).values()].find(({ tenantId }) => tenantId === tenant);
  if (!found) throw new Error(`${tenant} has no migration`);
  return found.migrationId;
};

/** The built page over a seeded world in memory. */
export interface ServedWorld {
  readonly ports: FakePorts;
  readonly served: ConsoleServer;
}

export const serveWorld = async (
  role: 'viewer' | 'operator' | 'admin' = 'admin',
  settings: unknown = {},
): Promise<ServedWorld> => {
  const ports = await seededWorld(settings);
  const served = await serveConsole({
    ports,
    page: builtPage(),
    subject: { name: 'ana', role, verified: false },
  });
  return { ports, served };
};

/** The part of a browser that opens pages. */
export type Contexts = Pick<Browser, 'newContext'>;

/** A browser's page, with the violations found on it. */
export interface OpenedPage {
  readonly page: Page;
  /** Violations of the content security policy, requests to other hosts, and errors of the page itself. */
  readonly offences: string[];
  close(): Promise<void>;
}

export interface ViewOptions {
  readonly scheme?: 'light' | 'dark';
  readonly width?: number;
}

/** Opens a view by its path, and waits until it shows its data. */
export const openPage = async (
  browser: Contexts,
  { endpoint, token }: Pick<ConsoleServer, 'endpoint' | 'token'>,
  path: string,
  { scheme = 'light', width = 1_280 }: ViewOptions = {},
): Promise<OpenedPage> => {
  const context = await browser.newContext({ viewport: { width, height: 860 }, colorScheme: scheme });
  context.setDefaultTimeout(HANG_MS);
  const page = await context.newPage();
  const offences: string[] = [];
  page.on('pageerror', ({ message }) => offences.push(`error: ${message}`));
  page.on('console', (message) => {
    if (message.text().includes('Content Security Policy')) offences.push(`policy: ${message.text()}`);
  });
  page.on('request', (request) => {
    const url = new URL(request.url());
    if (url.protocol !== 'data:' && url.origin !== endpoint) offences.push(`request: ${url.origin}`);
  });
  await page.goto(`${endpoint}${path}#token=${token}`);
  await afterLoading(page);
  return { page, offences, close: () => context.close() };
};

/** Waits until a view has drawn its heading and its data. */
export const afterLoading = async (page: Page): Promise<void> => {
  await page.locator('h1').waitFor();
  await page.waitForFunction(() => document.querySelector('.skeleton') === null);
  await page.locator('.live-live').waitFor();
};

/** True if the page as a whole is wider than the window. */
export const scrollsSideways = (page: Page): Promise<boolean> =>
  page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth);

/** Number of times that axe analyses a page. */
const ANALYSES = 3;

/**
 * Returns the findings of axe on a page, a line for each element. A text that is still fading in has too little contrast,
 * so a page with findings is analysed again once its animations have ended.
 * @param without rules that are left out
 */
export const axeFindings = async (
  page: Page,
  without: readonly string[] = [],
): Promise<readonly string[]> => {
  for (let analyses = 1; ; analyses += 1) {
    await afterAnimations(page);
    const { violations } = await new AxeBuilder({ page }).disableRules([...without]).analyze();
    if (violations.length === 0 || analyses === ANALYSES)
      return violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 200)}`));
  }
};

const afterAnimations = (page: Page): Promise<void> =>
  page.evaluate(async () => {
    const ending = document
      .getAnimations()
      .filter(
        ({ playState, effect }) =>
          playState === 'running' && effect?.getComputedTiming().endTime !== Number.POSITIVE_INFINITY,
      );
    await Promise.allSettled(ending.map(({ finished }) => finished));
  });
