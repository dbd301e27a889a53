import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { requestMigration } from '../../../../functions/migration/requests/request-migration.ts';
import { ended } from '../../../support/tenants.ts';
import { until } from '../../../support/until.ts';
import { embeddedStory, stopApplication } from './embedded-story.ts';
import { axeFindings } from './open-page.ts';

const { world, serve, open } = embeddedStory();

test('a lock that was left is found by the doctor, shown to an operator, and mended by an administrator', async () => {
  const { ports } = world.stack;
  const served = await serve('ada', 'admin');
  const tenant = await world.addWrittenTenant('larch-bend');
  const { tenantId } = tenant;
  const request = { tenantId, toTier: 'advanced', dryRun: true, requestedBy: 'ana', reason: 'to see' };
  const { migrationId } = await requestMigration(ports, request);
  await ended(ports, migrationId);
  // as after a restored backup: no step locks a tenant for a migration that has ended
  const unlocked = await until('the tenant', () => ports.registry.tenant(tenantId));
  await ports.control.setTenant(unlocked, { ...unlocked, lockedBy: migrationId });

  const finding = `lock-left/${tenantId}`;
  const find = async (page: Page) => {
    await page.getByRole('button', { name: 'Run the doctor' }).click();
    await page.getByText(`tierferry mend ${finding}`).waitFor();
    return page.getByRole('button', { name: `Mend ${finding}`, exact: true });
  };

  const { page: read } = await open(await serve('ana', 'operator'), '/doctor');
  expect(await (await find(read)).getAttribute('aria-disabled')).toBe('true');

  const { page, offences } = await open(served, '/doctor');
  const mend = await find(page);
  expect(await axeFindings(page)).toEqual([]);
  await mend.click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Reason').fill('its migration has ended');
  await dialog.getByRole('button', { name: 'Mend', exact: true }).click();
  await dialog.waitFor({ state: 'detached' });
  await page.getByText('All records are consistent').waitFor();
  await until('the focus in the view', () => page.evaluate(() => document.activeElement?.tagName === 'H1'));
  expect((await ports.registry.tenant(tenantId))?.lockedBy).toBeUndefined();
  await stopApplication(tenant);
  expect(offences).toEqual([]);
});
