import { createServer } from 'node:http';
import { getRequestListener } from '@hono/node-server';
import type { Page } from 'playwright-core';
import { afterEach, describe, expect, test } from 'vitest';
import { createConsole } from '../../../../functions/console/api/create-console.ts';
import { HANG_MS } from '../../../../scripts/bench/console/start-browser.ts';
import { type LoopbackServer, listenOnLoopback } from '../../../../scripts/local/listen-on-loopback.ts';
import { until } from '../../../support/until.ts';
import { seededWorld } from '../fake-world.ts';
import { type FakeIssuer, type IssuerSettings, startFakeIssuer } from './fake-issuer.ts';
import { afterLoading, axeFindings, builtPage, idOf } from './open-page.ts';
import { browserForFile } from './set-up.ts';

const browser = browserForFile();

/** The console as it is deployed: its tokens come from an issuer. */
const deployed = async (settings: IssuerSettings = {}) => {
  const issuer = await startFakeIssuer(settings);
  const ports = await seededWorld();
  const app = createConsole({
    ...{ ports, page: builtPage(), isOnLoopback: false },
    signIn: { kind: 'oidc', issuer: issuer.endpoint, clientId: 'console', scope: 'openid' },
    verify: async (authorization) =>
      issuer.valid.has((authorization ?? '').replace('Bearer ', ''))
        ? { name: 'ana', role: 'operator', verified: true }
        : undefined,
  });
  const listener = getRequestListener((request) => app.fetch(request), { overrideGlobalObjects: false });
  const server = await listenOnLoopback(createServer(listener));
  return { issuer, ports, server };
};

describe('a deployed console', () => {
  let running: { readonly issuer: FakeIssuer; readonly server: LoopbackServer } | undefined;
  afterEach(async () => {
    await running?.server.stop();
    await running?.issuer.stop();
    running = undefined;
  });
  const open = async (path: string, settings: IssuerSettings = {}) => {
    const world = await deployed(settings);
    running = world;
    const context = await browser.newContext();
    context.setDefaultTimeout(HANG_MS);
    const page = await context.newPage();
    await page.goto(`${world.server.endpoint}${path}`);
    return { ...world, context, page };
  };
  const storedIn = (page: Page): Promise<string> =>
    page.evaluate(() => JSON.stringify([{ ...sessionStorage }, { ...localStorage }, document.cookie]));

  test('signs in at the issuer, returns to the view, and keeps its tokens in memory only', async () => {
    const { issuer, server, page, context } = await open('/tables?tier=basic');
    await afterLoading(page);
    expect(page.url()).toBe(`${server.endpoint}/tables?tier=basic`);
    expect(issuer.valid.size).toBe(1);
    const stored = await storedIn(page);
    for (const token of issuer.valid) expect(stored).not.toContain(token);
    await context.close();
  });

  test('renews a token before it expires, without a message', async () => {
    const { issuer, page, context } = await open('/', { expiresInS: 3 });
    await afterLoading(page);
    await until('a renewal', () => issuer.renewals() > 0);
    expect(await page.getByRole('dialog').count()).toBe(0);
    await context.close();
  });

  test('a session that ends loses no form: it continues once the user has signed in again', async () => {
    const { issuer, ports, page, context } = await open('/');
    await afterLoading(page);
    await page.getByRole('button', { name: 'Resume' }).click();
    await page.getByLabel('Reason').fill('the quiet hours have begun');
    issuer.revoke();
    await page.getByRole('dialog').getByRole('button', { name: 'Resume' }).click();
    await page.getByText('Your sign-in has ended').waitFor();
    expect(await axeFindings(page)).toEqual([]);
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await until('the migration to be resumed', async () => {
      const foxglove = await ports.migrations.get(idOf(ports, 'foxglove'));
      return foxglove?.paused === false;
    });
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    const events = await ports.migrations.events(idOf(ports, 'foxglove'));
    expect(events.at(-1)).toMatchObject({
      who: 'ana',
      reason: expect.stringContaining('the quiet hours have begun'),
    });
    await context.close();
  });

  test('signs out at the issuer, too', async () => {
    const { issuer, page, context } = await open('/');
    await afterLoading(page);
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.waitForURL(`${issuer.endpoint}/logout**`);
    await context.close();
  });

  test('shows why signing in has failed, and does not try again on its own', async () => {
    const { page, context } = await open('/', { refuses: 'access_denied' });
    await page.getByText('Signing in has failed').waitFor();
    expect(await axeFindings(page)).toEqual([]);
    await context.close();
  });
});
