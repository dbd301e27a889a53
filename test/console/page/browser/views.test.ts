import { describe, expect, test } from 'vitest';
import { afterLoading, axeFindings, idOf, openPage, scrollsSideways } from './open-page.ts';
import { browserForFile, worldFor } from './set-up.ts';

const browser = browserForFile();
const world = worldFor('file');

const of = (tenant: string): string => idOf(world.ports, tenant);

const VIEWS: readonly (readonly [name: string, path: () => string])[] = [
  ['fleet', () => '/'],
  ['tenants', () => '/tenants'],
  ['a tenant', () => '/tenants/cedar-valley'],
  ['start', () => '/start?tenant=umber-flats'],
  ['migrations', () => '/migrations'],
  ['a migration that copies', () => `/migrations/${of('cedar-valley')}`],
  ['a migration in its hold', () => `/migrations/${of('violet-springs')}`],
  ['a report', () => `/migrations/${of('north-haven')}/report`],
  ['two reports', () => `/compare?left=${of('north-haven')}&right=${of('maple-fork')}`],
  ['tables', () => '/tables'],
  ['queue', () => '/queue'],
  ['thresholds', () => '/thresholds'],
  ['doctor', () => '/doctor'],
  ['an address without a view', () => '/nothing-here'],
];

describe.each(VIEWS)('%s', (_, path) => {
  test.each(['light', 'dark'] as const)('has no axe finding and violates no policy, %s', async (scheme) => {
    const { page, offences, close } = await openPage(browser, world.served, path(), { scheme });
    expect(await axeFindings(page)).toEqual([]);
    expect(offences).toEqual([]);
    await close();
  });

  test('fits a phone: only tables scroll sideways', async () => {
    const { page, close } = await openPage(browser, world.served, path(), { width: 390 });
    expect(await scrollsSideways(page)).toBe(false);
    await close();
  });
});

test('axe finds an image without a text', async () => {
  const { page, close } = await openPage(browser, world.served, '/thresholds');
  await page.evaluate(() => document.querySelector('main')?.append(document.createElement('img')));
  expect(await axeFindings(page)).toEqual([expect.stringContaining('image-alt')]);
  await close();
});

test('a script in the page, and a request to another host, are found', async () => {
  const { page, offences, close } = await openPage(browser, world.served, '/thresholds');
  await page.evaluate(async () => {
    const script = document.createElement('script');
    script.textContent = 'window.planted = true';
    document.body.append(script);
    await fetch('http://127.0.0.2:9/').catch(() => undefined);
  });
  expect(offences).toContainEqual(expect.stringContaining('script-src'));
  expect(offences).toContainEqual(expect.stringContaining('connect-src'));
  await close();
});

test('the doctor runs on request, and shows its findings', async () => {
  const { page, offences, close } = await openPage(browser, world.served, '/doctor');
  await page.getByRole('button', { name: 'Run the doctor' }).click();
  await page.getByRole('heading', { name: /Findings/ }).waitFor();
  expect(await axeFindings(page)).toEqual([]);
  expect(offences).toEqual([]);
  await close();
});

test('a view and its filter are a link, and the heading has the focus after a change of view', async () => {
  const { page, close } = await openPage(browser, world.served, '/tables?tier=advanced');
  await page.getByText('saas-tenant-data-advanced').waitFor();
  expect(await page.getByText('saas-tenant-data-basic').count()).toBe(0);
  expect(page.url()).not.toContain('token');
  await page.reload();
  await afterLoading(page);
  expect(await page.getByText('saas-tenant-data-basic').count()).toBe(0);
  await page.getByRole('link', { name: 'Queue', exact: true }).click();
  await page.getByRole('heading', { name: 'Queue', level: 1 }).waitFor();
  expect(await page.evaluate(() => document.activeElement?.tagName)).toBe('H1');
  await close();
});
