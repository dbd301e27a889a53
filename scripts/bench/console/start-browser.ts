import { execFileSync } from 'node:child_process';
import { type Browser, chromium } from 'playwright-core';

/** Without a window, a sandbox (of which containers have none) or requests of the browser's own. */
const ARGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Longest wait of a browser's page, in ms, which only a hang reaches. */
export const HANG_MS = 240_000;

/** Starts the machine's Chromium. @throws Error if there is none. */
export const startBrowser = (): Promise<Browser> => {
  const executablePath = execFileSync('which', ['chromium'], { encoding: 'utf8' }).trim();
  return chromium.launch({ executablePath, args: ARGS });
};
