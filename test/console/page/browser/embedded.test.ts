import { describe, expect, test } from 'vitest';
import { pauseMigration, resumeMigration } from '../../../../functions/migration/operator/pause-migration.ts';
import { ended } from '../../../support/tenants.ts';
import { until } from '../../../support/until.ts';
import { act, embeddedStory, shows, stopApplication } from './embedded-story.ts';
import { afterLoading, scrollsSideways } from './open-page.ts';

/*
 * The page over the embedded stack: real tables, streams and executions, while an application reads and writes the tenant
 * through the router. Its history must be linearizable in the end, whatever the operators have done.
 */

/** Long enough that the hold is seen, in ms. */
const SHORT_HOLD_MS = 1_500;

const { world, serve, open, stopLater, heldMigration } = embeddedStory();

test('an operator finds a tenant, plans, starts and steers its move, and rolls it back in the hold', async () => {
  const { ports } = world.stack;
  const served = await serve('ana');
  const tenant = await world.addWrittenTenant('alder-creek');
  const { tenantId } = tenant;
  const latest = () => until('the migration', () => ports.migrations.latest(tenantId));
  world.stack.before('CopySegment', async () => {
    await pauseMigration(ports, await latest(), { by: 'ben', reason: 'it is busy' });
  });

  const { page, offences } = await open(served, '/');
  await page.getByRole('link', { name: 'Tenants', exact: true }).click();
  await page.getByLabel('Search').fill(tenantId);
  await page.waitForURL(`**/tenants?search=${tenantId}`);
  await page.getByRole('link', { name: `Plan a move of ${tenantId}`, exact: true }).click();
  await page.getByLabel('advanced, shared table').click();
  await page.getByLabel('Reason').fill('the district has grown');
  await page.getByRole('button', { name: 'Run the dry run' }).click();
  await page.getByRole('heading', { name: '3. Plan' }).waitFor();
  await page.getByRole('button', { name: 'Start the migration' }).click();
  await page.waitForURL('**/migrations/mig-*');
  const id = await latest();
  await shows(page, 'Paused while copying');

  await act(page, 'Hold the cutover');
  await world.untilIt(id, ({ cutoverHeld }) => cutoverHeld);
  await page.getByLabel('Write limit').focus();
  await page.keyboard.press('ArrowLeft');
  await world.untilIt(id, ({ writeUnitsPerSecond }) => writeUnitsPerSecond === 10_000);
  await page.getByText('Setting the limit').waitFor({ state: 'detached' });
  await act(page, 'Resume');
  await shows(page, 'Cutover held');
  await act(page, 'Pause');
  await shows(page, 'Paused while catching up');
  await act(page, 'Resume');
  await act(page, 'Release the cutover');
  await shows(page, 'Flipped, source kept');
  await page.getByText('Rollback is safe for').waitFor();
  await tenant.application.nudge();
  await act(page, 'Roll back');
  expect((await ended(ports, id)).status).toBe('rolledBack');
  await shows(page, 'Rolled back');
  await stopApplication(tenant);
  expect(await world.requestsOf(id, 'ana')).toEqual([
    expect.stringContaining('the district has grown'),
    expect.stringContaining('to see hold the cutover'),
    expect.stringContaining('10000 write units a second'),
    expect.stringContaining('to see resume'),
    expect.stringContaining('to see pause'),
    expect.stringContaining('to see resume'),
    expect.stringContaining('to see release the cutover'),
    expect.stringContaining('to see roll back'),
  ]);
  expect(offences).toEqual([]);
});

test('a migration is cancelled before its cutover', async () => {
  const served = await serve('ana');
  const { tenant, id } = await heldMigration(served, 'birch-hollow');
  const { page } = await open(served, `/migrations/${id}`);
  await shows(page, 'Cutover held');
  await act(page, 'Cancel');
  expect((await ended(world.stack.ports, id)).status).toBe('cancelled');
  await shows(page, 'Cancelled');
  await stopApplication(tenant);
});

test('a move is watched to its end on a phone, and its report compares both sides', async () => {
  const served = await serve('ana');
  const { tenant, id } = await heldMigration(served, 'gorse-common', { holdMs: SHORT_HOLD_MS });
  const { page, offences } = await open(served, `/migrations/${id}`, { width: 390 });
  await shows(page, 'Cutover held');
  await act(page, 'Release the cutover');
  await shows(page, 'Completed');
  expect((await ended(world.stack.ports, id)).status).toBe('completed');
  await page.getByRole('link', { name: 'Open the report', exact: true }).click();
  await page.getByRole('heading', { name: 'Completed' }).waitFor();
  await page.getByText('Both sides are equal').waitFor();
  expect(await scrollsSideways(page)).toBe(false);
  await stopApplication(tenant);
  expect(offences).toEqual([]);
});

describe('of two operators at once', () => {
  test('the second learns who was first, and changes nothing', async () => {
    const [ana, ben] = [await serve('ana'), await serve('ben')];
    const { tenant, id } = await heldMigration(ana, 'cypress-bay');
    const path = `/migrations/${id}`;
    const [first, second] = [(await open(ana, path)).page, (await open(ben, path)).page];
    await second.getByRole('button', { name: 'Release the cutover', exact: true }).click();
    await second.getByLabel('Reason').fill('it is quiet now');
    await act(first, 'Pause');
    const dialog = second.getByRole('dialog');
    await dialog.getByRole('button', { name: 'Release the cutover', exact: true }).click();
    await dialog.getByText('Changed meanwhile').waitFor();
    await dialog.getByText('Latest event, by ana').waitFor();
    expect(await world.stack.ports.migrations.get(id)).toMatchObject({ cutoverHeld: true, paused: true });
    expect(await world.requestsOf(id, 'ben')).toEqual([]);
    await dialog.getByRole('button', { name: 'Close', exact: true }).last().click();
    await act(second, 'Cancel');
    expect((await ended(world.stack.ports, id)).status).toBe('cancelled');
    await shows(first, 'Cancelled');
    await stopApplication(tenant);
  });

  test('a viewer is refused by the page and by the server', async () => {
    const [ana, vic] = [await serve('ana'), await serve('vic', 'viewer')];
    const { tenant, id } = await heldMigration(ana, 'dogwood-park');
    const { page } = await open(vic, `/migrations/${id}`);
    const pause = page.getByRole('button', { name: 'Pause', exact: true });
    expect(await pause.getAttribute('aria-disabled')).toBe('true');
    const { actionsTag } = await (
      await fetch(`${vic.endpoint}/api/migrations/${id}`, {
        headers: { authorization: `Bearer ${vic.token}` },
      })
    ).json();
    const refused = await fetch(`${vic.endpoint}/api/migrations/${id}/actions/pause`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${vic.token}`,
        'content-type': 'application/json',
        'idempotency-key': crypto.randomUUID(),
        'if-match': actionsTag,
      },
      body: JSON.stringify({ reason: 'to try' }),
    });
    expect([refused.status, await refused.json()]).toEqual([
      403,
      expect.objectContaining({ code: 'RoleMissing' }),
    ]);
    expect(await world.stack.ports.migrations.get(id)).toMatchObject({ paused: false });
    const { page: operator } = await open(ana, `/migrations/${id}`);
    await act(operator, 'Cancel');
    await ended(world.stack.ports, id);
    await shows(page, 'Cancelled');
    await stopApplication(tenant);
  });
});

describe('a page that loses its server', () => {
  test('which is started anew, goes on with the new link where the migration is by then', async () => {
    const first = await world.serve('ana', 'operator');
    const { tenant, id } = await heldMigration(first, 'elder-grove');
    const { page } = await open(first, `/migrations/${id}`);
    await shows(page, 'Cutover held');
    await first.stop();
    await page.locator('.live-disconnected').waitFor();
    await pauseMigration(world.stack.ports, id, { by: 'ben', reason: 'meanwhile' });
    const again = await world.serve('ana', 'operator', { port: Number(new URL(first.endpoint).port) });
    stopLater(again.stop);
    await page.getByText('The console was started anew').waitFor();
    await page.getByRole('textbox', { name: 'Link' }).fill(again.url);
    await page.getByRole('button', { name: 'Continue' }).click();
    await afterLoading(page);
    await shows(page, 'Paused while catching up');
    await act(page, 'Cancel');
    expect((await ended(world.stack.ports, id)).status).toBe('cancelled');
    await shows(page, 'Cancelled');
    await stopApplication(tenant);
  });

  test('by its network, says so, and catches up without a reload', async () => {
    const served = await serve('ana');
    const { tenant, id } = await heldMigration(served, 'fir-landing');
    const { page } = await open(served, `/migrations/${id}`);
    await shows(page, 'Cutover held');
    await page.evaluate(() => document.body.setAttribute('data-kept', 'yes'));
    await page.context().setOffline(true);
    await page.getByRole('alert').getByText('Disconnected since').waitFor();
    const said = { by: 'ben', reason: 'meanwhile' };
    await pauseMigration(world.stack.ports, id, said);
    await page.context().setOffline(false);
    await afterLoading(page);
    await shows(page, 'Paused while catching up');
    expect(await page.evaluate(() => document.body.getAttribute('data-kept'))).toBe('yes');
    await resumeMigration(world.stack.ports, id, said);
    await shows(page, 'Cutover held');
    await act(page, 'Cancel');
    await ended(world.stack.ports, id);
    await stopApplication(tenant);
  });
});
