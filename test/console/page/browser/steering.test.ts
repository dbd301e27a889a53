import { expect, test } from 'vitest';
import { releaseCutover } from '../../../../functions/migration/operator/hold-cutover.ts';
import { until } from '../../../support/until.ts';
import { axeFindings, idOf, openPage, serveWorld } from './open-page.ts';
import { browserForFile, worldFor } from './set-up.ts';

const browser = browserForFile();
const world = worldFor('eachTest');

/** Time in which a loaded script has been evaluated, in ms. */
const LOADING_MS = 1_000;
/** Time after which a tooltip would have opened, in ms. */
const TOOLTIP_MS = 300;

test('the recommended action asks for a reason, and is carried out', async () => {
  const { page, close } = await openPage(browser, world.served, '/');
  await page.getByRole('button', { name: 'Resume' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('button', { name: 'Resume' }).click();
  await dialog.getByText('Give a reason.').first().waitFor();
  expect(await axeFindings(page)).toEqual([]);
  await dialog.getByLabel('Reason').fill('the quiet hours have begun');
  await dialog.getByRole('button', { name: 'Resume' }).click();
  await dialog.waitFor({ state: 'detached' });
  expect((await world.ports.migrations.get(idOf(world.ports, 'foxglove')))?.paused).toBe(false);
  await close();
});

test('the dialog of an action is there at once', async () => {
  const { page, close } = await openPage(browser, world.served, '/');
  await page.waitForFunction(() =>
    performance.getEntriesByType('resource').some(({ name }) => name.includes('/action-dialog-')),
  );
  await page.waitForTimeout(LOADING_MS);
  const isShown = await page.getByRole('button', { name: 'Resume' }).evaluate(async (button: HTMLElement) => {
    button.click();
    await new Promise((resolve) => requestAnimationFrame(resolve));
    return document.querySelector('[role=dialog]') !== null;
  });
  expect(isShown).toBe(true);
  await close();
});

test.each(['violet-springs', 'north-haven'])(
  'one Escape closes the menu of %s, which shows no tooltip',
  async (tenant) => {
    const path = `/migrations/${idOf(world.ports, tenant)}`;
    const { page, close } = await openPage(browser, world.served, path);
    await page.getByRole('button', { name: 'More actions' }).click();
    const refused = page.getByRole('menuitem', { name: 'Abandon rollback' });
    await refused.hover();
    await refused.getByText('there is no rollback to abandon').waitFor();
    await page.waitForTimeout(TOOLTIP_MS);
    expect(await page.getByRole('tooltip').count()).toBe(0);
    expect(await axeFindings(page, ['region'])).toEqual([]);
    await page.keyboard.press('Escape');
    await refused.waitFor({ state: 'hidden' });
    await close();
  },
);

test('the second of two operators is told who was first', async () => {
  const { page, close } = await openPage(browser, world.served, '/');
  await page.getByRole('button', { name: 'Release the cutover' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Reason').fill('now');
  await releaseCutover(world.ports, idOf(world.ports, 'hazel-ridge'), { by: 'ben', reason: 'it is Monday' });
  await dialog.getByRole('button', { name: 'Release the cutover' }).click();
  await dialog.getByText('Changed meanwhile').waitFor();
  await dialog.getByText('Latest event, by ben').waitFor();
  expect(await axeFindings(page)).toEqual([]);
  await close();
});

test('a change is shown as it happens, without a reload', async () => {
  const { page, close } = await openPage(browser, world.served, '/');
  await page.getByText('Ready for the cutover, which is held until it is released.').waitFor();
  await releaseCutover(world.ports, idOf(world.ports, 'hazel-ridge'), { by: 'ben', reason: 'it is Monday' });
  await page
    .getByText('Ready for the cutover, which is held until it is released.')
    .waitFor({ state: 'detached' });
  await close();
});

test('a viewer sees the actions, and why viewers may not use them', async () => {
  const { served } = await serveWorld('viewer');
  const { page, close } = await openPage(browser, served, '/');
  const resume = page.getByRole('button', { name: 'Resume' });
  expect(await resume.getAttribute('aria-disabled')).toBe('true');
  await resume.focus();
  const refusal = page.getByText('This needs the role operator; yours is viewer.');
  await refusal.filter({ visible: true }).first().waitFor();
  // the tooltip is drawn at the end of the body, outside every landmark, to which WCAG does not object
  expect(await axeFindings(page, ['region'])).toEqual([]);
  await close();
  await served.stop();
});

test('the keyboard reaches the content, opens an action, and leaves it', async () => {
  const { page, close } = await openPage(browser, world.served, '/');
  await page.keyboard.press('Tab');
  expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Skip to content');
  await page.keyboard.press('Enter');
  expect(await page.evaluate(() => document.activeElement?.id)).toBe('content');
  await page.getByRole('button', { name: 'Resume' }).focus();
  await page.keyboard.press('Enter');
  await page.getByRole('dialog').waitFor();
  await until('the focus', () => page.evaluate(() => document.activeElement?.tagName === 'TEXTAREA'));
  await page.keyboard.type('later');
  expect(await page.getByLabel('Reason').inputValue()).toBe('later');
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await close();
});
