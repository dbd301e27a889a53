import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import { startBrowser } from '../../../../scripts/bench/console/start-browser.ts';
import { type ConsoleServer, serveConsole } from '../../../../scripts/console/serve-console.ts';
import { builtPage, type Contexts, type ServedWorld, serveWorld } from './open-page.ts';

/** Starts Chromium before the first test of the calling file, and closes it after the last one. */
export const browserForFile = (): Contexts => {
  let browser: Browser | undefined;
  beforeAll(async () => {
    browser = await startBrowser();
  });
  afterAll(() => browser?.close());
  return {
    newContext: (...given) => {
      if (!browser) throw new Error('the browser has not started yet');
      return browser.newContext(...given);
    },
  };
};

/** A served world that is replaced before each test, or that all tests of a file share. */
export interface TestWorld extends ServedWorld {
  /** Starts the server, which the test has stopped, again on the same port. Its link has another token. */
  serveAgain(): Promise<ConsoleServer>;
}

/** Serves the built page over a seeded world in memory, to an administrator, for each test or for all of the calling file. */
export const worldFor = (whom: 'eachTest' | 'file'): TestWorld => {
  let world: ServedWorld | undefined;
  const start = async () => {
    world = await serveWorld();
  };
  const stop = () => world?.served.stop();
  if (whom === 'file') {
    beforeAll(start);
    afterAll(stop);
  } else {
    beforeEach(start);
    afterEach(stop);
  }
  const current = (): ServedWorld => {
    if (!world) throw new Error('the world has not been served yet');
    return world;
  };
  return {
    get ports() {
      return current().ports;
    },
    get served() {
      return current().served;
    },
    async serveAgain() {
      const { ports, served } = current();
      const subject = { name: 'ana', role: 'admin', verified: false } as const;
      const port = Number(new URL(served.endpoint).port);
      const again = await serveConsole({ ports, subject, page: builtPage(), port });
      world = { ports, served: again };
      return again;
    },
  };
};
