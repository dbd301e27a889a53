import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { releaseCutover } from '../../../../functions/migration/operator/hold-cutover.ts';
import { until } from '../../../support/until.ts';
import { idOf, openPage } from './open-page.ts';
import { browserForFile, worldFor } from './set-up.ts';

const browser = browserForFile();
const world = worldFor('eachTest');

/** Returns what has the focus: the label of a button, the tag and text of anything else. */
const focused = (page: Page): Promise<string> =>
  page.evaluate(() => {
    const { activeElement: element } = document;
    if (!element) return 'nothing';
    const label = element.ariaLabel ?? element.textContent?.trim();
    return element.tagName === 'BUTTON' ? String(label) : element.tagName;
  });

const untilFocusIs = (page: Page, wanted: string): Promise<true> =>
  until(`the focus on ${wanted}`, async () => (await focused(page)) === wanted);

/** Opens a dialog by a button that has the focus, as the keyboard does, and waits until its reason can be typed. */
const openDialog = async (page: Page, button: string): Promise<void> => {
  await page.getByRole('button', { name: button, exact: true }).focus();
  await page.keyboard.press('Enter');
  await page.getByRole('dialog').waitFor();
  await untilFocusIs(page, 'TEXTAREA');
};

const close = {
  'the Escape key': (page: Page) => page.keyboard.press('Escape'),
  'its button': (page: Page) =>
    page.getByRole('dialog').getByRole('button', { name: 'Close' }).last().click(),
} as const;

describe.each([
  ['an action', '/', 'Resume', 'Resume'],
  ['a retirement', '/tables', 'Retire saas-tenant-data-basic', 'Retire saas-tenant-data-basic'],
] as const)('the dialog of %s', (_, path, button, opener) => {
  test.each(Object.entries(close))(
    'that %s closes returns the focus to what opened it',
    async (_, closeBy) => {
      const opened = await openPage(browser, world.served, path);
      const { page } = opened;
      await openDialog(page, button);
      await closeBy(page);
      await page.getByRole('dialog').waitFor({ state: 'detached' });
      await untilFocusIs(page, opener);
      await opened.close();
    },
  );
});

test('a dialog that was opened from a menu returns the focus to the menu', async () => {
  const path = `/migrations/${idOf(world.ports, 'cedar-valley')}`;
  const opened = await openPage(browser, world.served, path);
  const { page } = opened;
  await page.getByRole('button', { name: 'More actions' }).focus();
  await page.keyboard.press('Enter');
  await page.getByRole('menuitem', { name: 'Change limits' }).click();
  await page.getByRole('dialog').waitFor();
  await untilFocusIs(page, 'TEXTAREA');
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await untilFocusIs(page, 'More actions');
  await opened.close();
});

test('an action that removes its button gives the focus to the heading of the view', async () => {
  const opened = await openPage(browser, world.served, '/');
  const { page } = opened;
  await openDialog(page, 'Resume');
  await page.keyboard.type('the quiet hours have begun');
  await page.getByRole('dialog').getByRole('button', { name: 'Resume' }).press('Enter');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await page.getByRole('button', { name: 'Resume', exact: true }).waitFor({ state: 'detached' });
  await untilFocusIs(page, 'H1');
  await opened.close();
});

test('a user who clicks beside everything after a dialog keeps the focus there', async () => {
  const opened = await openPage(browser, world.served, '/');
  const { page } = opened;
  await openDialog(page, 'Resume');
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await page.locator('header.top').click({ position: { x: 600, y: 5 } });
  await untilFocusIs(page, 'BODY');
  const waiting = page.getByRole('button', { name: 'Release the cutover' });
  await waiting.waitFor();
  await releaseCutover(world.ports, idOf(world.ports, 'hazel-ridge'), { by: 'ben', reason: 'it is Monday' });
  await waiting.waitFor({ state: 'detached' });
  expect(await focused(page)).toBe('BODY');
  await opened.close();
});
