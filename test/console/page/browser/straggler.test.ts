import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { type EntityKey, entityKey } from '../../../../functions/migration/names.ts';
import { ended, itemsOf } from '../../../support/tenants.ts';
import { until } from '../../../support/until.ts';
import { embeddedStory, shows, stopApplication } from './embedded-story.ts';
import type { WrittenTenant } from './embedded-world.ts';
import { axeFindings } from './open-page.ts';

/** A key of the tenant that its application does not write. */
const KEY = entityKey('STUDENT#000020');

const { world, serve, open, stopLater } = embeddedStory();

/** Starts a move and waits for its hold. */
const movedTenant = async (name: string) => {
  const served = await serve('ana');
  const tenant = await world.addWrittenTenant(name);
  const id = await world.start(served, tenant.tenantId, { holdCutover: false });
  const { source } = await world.untilIt(id, ({ status }) => status === 'holding');
  /** Writes to the source without the router, and waits until capture has journalled it. */
  const writePastRouter = async () => {
    const { ports } = world.stack;
    const item = {
      tenantId: { S: tenant.tenantId },
      entityKey: { S: KEY },
      value: { S: 'past the router' },
    };
    await ports.partition(tenant.tenantId).write(source.table, { puts: [item], deletes: [] });
    await until(
      'the straggler in the journal',
      async () => (await ports.journal.journalledAmong(id, 'source', [KEY])).size > 0,
    );
  };
  return { served, tenant, id, source, writePastRouter };
};

const valueIn = async ({ tenantId }: WrittenTenant, table: Parameters<typeof itemsOf>[2], key: EntityKey) =>
  (await itemsOf(world.stack.ports, tenantId, table)).find((item) => item.entityKey?.S === key)?.value?.S;

const rollBackButton = (page: Page) => page.getByRole('button', { name: 'Roll back', exact: true });
const openRollback = async (page: Page): Promise<void> => {
  await rollBackButton(page).click();
  await page.getByRole('dialog').getByLabel('Reason').fill('reports are slow');
};

/** Rolls back by the menu, which the page confirms by the tenant's id. */
const discard = async (page: Page, { tenantId }: WrittenTenant): Promise<void> => {
  const words = 'Roll back, discard stragglers';
  await page.getByRole('button', { name: 'More actions' }).click();
  await page.getByRole('menuitem', { name: words }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText('This cannot be undone.').waitFor();
  await dialog.getByLabel('Reason').fill('the target is right');
  await dialog.getByLabel(`Type ${tenantId} to confirm`).fill(tenantId);
  await dialog.getByRole('button', { name: words }).click();
  await dialog.waitFor({ state: 'detached' });
};

test('a straggler that no poll has reported yet is named by the refused rollback', async () => {
  // polls of the hold report stragglers; the first one waits until the rollback
  const { promise: rolledBack, resolve: letPoll } = Promise.withResolvers<void>();
  stopLater(async () => letPoll());
  world.stack.before('CheckHold', () => rolledBack);
  const { served, tenant, id, writePastRouter } = await movedTenant('laurel-gap');
  await until('a poll of the hold', () => world.stack.ran.has('CheckHold'));
  const { page } = await open(served, `/migrations/${id}`);
  await openRollback(page);
  await writePastRouter();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('button', { name: 'Roll back', exact: true }).click();
  await dialog.getByText(`Keys: ${KEY}`).waitFor();
  await dialog.getByText('Nothing was changed').waitFor();
  expect(await axeFindings(page)).toEqual([]);
  expect(await world.stack.ports.migrations.get(id)).toMatchObject({ status: 'holding' });
  await dialog.getByRole('button', { name: 'Close', exact: true }).last().click();
  await discard(page, tenant);
  letPoll();
  expect((await ended(world.stack.ports, id)).status).toBe('rolledBack');
  await stopApplication(tenant);
});

test('a straggler is shown in the hold; a rollback is refused until it discards the straggler', async () => {
  const { served, tenant, id, source, writePastRouter } = await movedTenant('juniper-flat');
  const { page, offences } = await open(served, `/migrations/${id}`);
  await shows(page, 'Flipped, source kept');
  expect(await rollBackButton(page).getAttribute('aria-disabled')).not.toBe('true');

  await writePastRouter();
  await page.getByText('Stragglers: 1 key').waitFor();
  const reason = `1 key of ${source.table} was written after the flip`;
  await page.locator('.mig-pace').getByText(reason).waitFor();
  await until(
    'the button to be disabled',
    async () => (await rollBackButton(page).getAttribute('aria-disabled')) === 'true',
  );
  expect(await axeFindings(page)).toEqual([]);
  await page.getByRole('link', { name: 'Open the report', exact: true }).click();
  await page.getByRole('region', { name: 'Keys to look at' }).getByText(KEY).waitFor();
  expect(await axeFindings(page)).toEqual([]);
  await page.goBack();

  await discard(page, tenant);
  expect((await ended(world.stack.ports, id)).status).toBe('rolledBack');
  await shows(page, 'Rolled back');
  expect(await valueIn(tenant, source.table, KEY)).not.toBe('past the router');
  await stopApplication(tenant);
  expect(offences).toEqual([]);
});
