import { readFileSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Migration } from '../../../../functions/migration/migration.ts';
import { epochMs } from '../../../../functions/migration/names.ts';
import { aSegment } from '../../../support/records.ts';
import { until } from '../../../support/until.ts';
import { recordsOf } from '../fake-control.ts';
import { axeFindings, idOf, openPage, serveWorld } from './open-page.ts';
import { browserForFile, worldFor } from './set-up.ts';

const SEGMENTS = 1_000;
const EVENTS = 5_000;

const browser = browserForFile();
const world = worldFor('file');

const migrationOf = (tenant: string): Migration => {
  const found = recordsOf(world.ports).get(idOf(world.ports, tenant));
  if (!found) throw new Error(`no migration of ${tenant}`);
  return found;
};
const viewOf = (tenant: string): string => `/migrations/${idOf(world.ports, tenant)}`;
const mapOf = (page: Page) => page.getByRole('slider', { name: 'Segment of the map' });

describe('a migration', () => {
  test('takes a limit from its slider at once, and the next one without a conflict', async () => {
    const { page, close } = await openPage(browser, world.served, viewOf('cedar-valley'));
    const slider = page.getByRole('slider', { name: 'Write limit' });
    await slider.press('ArrowLeft');
    const limit = () => migrationOf('cedar-valley').writeUnitsPerSecond;
    await until('the first limit', () => limit() === 10_000);
    await slider.press('ArrowLeft');
    await until('the second limit', () => limit() === 5_000);
    await page.getByText('Set to 5,000 write units/s by the console’s slider.').waitFor();
    expect(await page.getByText('Changed meanwhile').count()).toBe(0);
    await close();
  });

  test.each([1_280, 390])('has each note of its figures on one line, %d px wide', async (width) => {
    const { page, close } = await openPage(browser, world.served, viewOf('violet-springs'), { width });
    await page.locator('.mig-figures').getByText('(100 %)').waitFor();
    const heights = await page
      .locator('.mig-figures :is(dt, .note)')
      .evaluateAll((all) => all.map((one) => one.getBoundingClientRect().height));
    expect(new Set(heights)).toEqual(new Set([20]));
    await close();
  });

  test('keeps its limits from a viewer, and says why', async () => {
    const viewed = await serveWorld('viewer');
    const path = `/migrations/${idOf(viewed.ports, 'cedar-valley')}`;
    const { page, close } = await openPage(browser, viewed.served, path);
    expect(await page.getByRole('slider', { name: 'Write limit' }).isDisabled()).toBe(true);
    await page.getByText('The limits cannot be changed. This needs the role operator').waitFor();
    await close();
    await viewed.served.stop();
  });

  test('tells a segment of its map that the arrow keys choose', async () => {
    const { page, close } = await openPage(browser, world.served, viewOf('violet-springs'));
    await mapOf(page).press('ArrowRight');
    await mapOf(page).press('ArrowRight');
    expect(await mapOf(page).getAttribute('aria-valuetext')).toBe('Segment 1: Verified, 1,297 items');
    await mapOf(page).press('Home');
    expect(await mapOf(page).getAttribute('aria-valuetext')).toBe('Segment 0: Verified, 1,200 items');
    await close();
  });

  test('shows the tape of its cutover, and until when a rollback is safe', async () => {
    const { page, close } = await openPage(browser, world.served, viewOf('violet-springs'));
    await page.getByText('Sentinels in').waitFor();
    await page.getByText('1,240 ms', { exact: true }).waitFor();
    await page.getByText('Safe to roll back until').waitFor();
    await close();
  });

  test('draws charts of what the page has watched, and keeps them over a reload', async () => {
    const { page, close } = await openPage(browser, world.served, viewOf('cedar-valley'));
    const watched = page.getByText(/that this page has watched/);
    await watched.waitFor();
    await page.locator('.u-wrap').first().waitFor();
    // the latest values, without a pointer over the chart
    await page
      .locator('.u-legend')
      .first()
      .getByText(/^[\d.,]+\/s$/)
      .first()
      .waitFor();
    await page.reload();
    await watched.waitFor();
    await close();
  });
});

describe(`a migration of ${SEGMENTS} segments with ${EVENTS} events`, () => {
  beforeAll(async () => {
    const { migrationId } = migrationOf('jasper-plains');
    const segments = Array.from({ length: SEGMENTS }, (_, n) => aSegment(100 + n, { counted: 5_000 }));
    await world.ports.segments.add(migrationId, segments);
    for (let n = 0; n < EVENTS; n += 1) {
      const migration = migrationOf('jasper-plains');
      const at = epochMs(migration.requestedAt + n);
      await world.ports.migrations.transition(migration, migration.status, {
        ...{ who: 'workflow, attempt 1', reason: `round ${n} left 8,400 keys`, at },
      });
    }
  });

  test('has one canvas for its segments and one page of events, which the address names', async () => {
    const { page, close } = await openPage(browser, world.served, viewOf('jasper-plains'));
    expect(await page.locator('.mig-map canvas').count()).toBe(1);
    expect(await page.locator('.mig-trail li').count()).toBe(50);
    expect(await page.locator('*').count()).toBeLessThan(1_500);
    await page.getByRole('button', { name: 'Next page of events' }).click();
    await page.getByText('51 to 100 of').waitFor();
    expect(new URL(page.url()).searchParams.get('page')).toBe('2');
    await page.getByRole('searchbox', { name: 'Find in the audit trail' }).fill('round 4321 ');
    await page.getByText('1 to 1 of 1 events').waitFor();
    expect(await axeFindings(page)).toEqual([]);
    await close();
  });
});

describe('a report', () => {
  test('is downloaded as the API gives it', async () => {
    const { page, close } = await openPage(browser, world.served, `${viewOf('north-haven')}/report`);
    const download = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Download JSON' }).click();
    const saved = await download;
    expect(saved.suggestedFilename()).toBe(`report-${idOf(world.ports, 'north-haven')}.json`);
    const report = await world.ports.migrations.report(idOf(world.ports, 'north-haven'));
    expect(JSON.parse(readFileSync(await saved.path(), 'utf8'))).toMatchObject({ sha256: report?.sha256 });
    await close();
  });

  test('is printed with every segment and whole checksums', async () => {
    const { migrationId } = migrationOf('north-haven');
    const segments = Array.from({ length: 60 }, (_, n) => aSegment(100 + n));
    await world.ports.segments.add(migrationId, segments);
    const { page, close } = await openPage(browser, world.served, `${viewOf('north-haven')}/report`);
    const rows = page.getByRole('region', { name: 'Segments' }).locator('tbody tr');
    await rows.first().waitFor();
    expect(await rows.count()).toBe(50);
    await page.emulateMedia({ media: 'print' });
    await page.evaluate(() => window.dispatchEvent(new Event('beforeprint')));
    expect(await rows.count()).toBe(84);
    expect(await page.locator('.checksum-whole').first().isVisible()).toBe(true);
    expect(await page.getByRole('button', { name: 'Print' }).isVisible()).toBe(false);
    await close();
  });

  test('is compared with another one that is chosen from the list', async () => {
    const { page, close } = await openPage(browser, world.served, `${viewOf('north-haven')}/report`);
    await page.getByRole('button', { name: 'Compare' }).click();
    await page.getByRole('heading', { name: 'Compare two reports' }).waitFor();
    await page.getByLabel('Right').selectOption(idOf(world.ports, 'maple-fork'));
    await page.getByRole('rowheader', { name: 'Write units' }).waitFor();
    const { searchParams } = new URL(page.url());
    expect(searchParams.get('left')).toBe(idOf(world.ports, 'north-haven'));
    expect(searchParams.get('right')).toBe(idOf(world.ports, 'maple-fork'));
    await close();
  });

  test('of a migration that runs is not there yet, and the page says when it comes', async () => {
    const { page, close } = await openPage(browser, world.served, `${viewOf('cedar-valley')}/report`);
    await page.getByText('There is no report yet').waitFor();
    await close();
  });
});

test('migrations are filtered by the address, and found by a tenant’s id', async () => {
  const { page, close } = await openPage(browser, world.served, '/migrations?status=failed');
  const rows = page.locator('tbody tr');
  expect(await rows.count()).toBe(1);
  await page.getByLabel('Status').selectOption('');
  await page.getByRole('searchbox', { name: 'Id of the tenant' }).fill('cedar-valley');
  await until('the tenant’s migration', async () =>
    (await rows.allInnerTexts()).join().startsWith('cedar-valley'),
  );
  expect(new URL(page.url()).searchParams.get('tenant')).toBe('cedar-valley');
  await close();
});
