import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { idOf, openPage, type ServedWorld, serveWorld } from './open-page.ts';
import { browserForFile } from './set-up.ts';

const browser = browserForFile();
const counted = { prefix: 'CAMPUS#', label: 'campus', labels: 'campuses' };
const planOf = ({ ports }: ServedWorld): string =>
  `/start?tenant=kestrel-hill&plan=${idOf(ports, 'kestrel-hill')}`;

describe('a deployment that counts campuses', () => {
  let world: ServedWorld;
  beforeAll(async () => {
    world = await serveWorld('admin', { counted });
  });
  afterAll(() => world?.served.stop());

  test.each<readonly [name: string, path: string | typeof planOf, words: string]>([
    ['the fleet', '/', 'campuses'],
    ['the list of tenants', '/tenants', 'Campuses'],
    ['a tenant', '/tenants/umber-flats', 'Campuses'],
    ['the choice of a tenant', '/start', 'campuses'],
    ['the choice of a target', '/start?tenant=umber-flats', 'campuses'],
    ['a plan', planOf, 'Campuses'],
    ['the thresholds', '/thresholds', 'Campuses per tenant'],
    ['the queue', '/queue', 'times the campuses that its tier holds'],
  ])('calls them so, and no school: %s', async (_, path, words) => {
    const view = typeof path === 'string' ? path : path(world);
    const { page, close } = await openPage(browser, world.served, view);
    await page.getByText(words).first().waitFor();
    // the reasons of the requests are texts of the seeded world
    const shown = (await page.locator('main').innerText()).replaceAll(/Requested by .*/g, '');
    expect(shown).not.toMatch(/[Ss]chool/);
    await close();
  });
});
