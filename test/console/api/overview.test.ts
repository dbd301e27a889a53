import { expect, test } from 'vitest';
import type { Migration } from '../../../functions/migration/migration.ts';
import type { TenantId } from '../../../functions/migration/names.ts';
import { aMigration } from '../../support/records.ts';
import { consoleWorld, openMigration } from './console-world.ts';

test('the queue shows a migration in one place, and a stopped one separately', async () => {
  const { ports, call } = consoleWorld();
  const stopped = await openMigration(ports, { tenantId: 'cedar' as TenantId }, { execution: 'ended' });
  ports.clock.advance(60_000);
  const waiting = aMigration({ tenantId: 'oak' as TenantId });
  await ports.migrations.create(waiting);
  const { json } = await call('/api/queue');
  expect(json.stopped.map((one: { migrationId: string }) => one.migrationId)).toEqual([stopped.migrationId]);
  expect(json.waiting.map((one: { migrationId: string }) => one.migrationId)).toEqual([waiting.migrationId]);
  expect(json).toMatchObject({ running: [], damaged: null, limits: ports.settings.admission });
});

test('the catalogue is that of the settings, and the session names the subject', async () => {
  const { ports, call } = consoleWorld();
  const { json } = await call('/api/catalogue', { role: 'viewer' });
  expect(json.tiers.map(({ name }: { name: string }) => name)).toEqual(
    ports.settings.tiers.map(({ name }) => name),
  );
  const session = (await call('/api/session', { by: 'bea', role: 'viewer' })).json;
  expect(session.subject).toEqual({ name: 'bea', role: 'viewer', verified: true });
});

test('the session names what is counted for the limits: schools, unless the settings say otherwise', async () => {
  const countedIn = async (settings: unknown) =>
    (await consoleWorld(settings).call('/api/session', { role: 'viewer' })).json.counted;
  expect(await countedIn({})).toEqual({ prefix: 'SCHOOL#', label: 'school', labels: 'schools' });
  const given = { prefix: 'CAMPUS#', label: 'campus' };
  expect(await countedIn({ counted: given })).toEqual({ ...given, labels: 'campuss' });
  expect(await countedIn({ counted: { ...given, labels: 'campuses' } })).toEqual({
    ...{ ...given, labels: 'campuses' },
  });
});

test('the queue names the limit that keeps a migration waiting', async () => {
  const { ports, call } = consoleWorld({ admission: { total: 2, perSource: 1, perTarget: 2 } });
  const admit = async (...migrations: readonly Migration[]) =>
    ports.admissions.replace(
      await ports.admissions.current(),
      migrations.map(({ migrationId, source, requestedAt: at }) => ({
        migrationId,
        source: source.table,
        at,
      })),
    );
  const waiting = aMigration({ tenantId: 'oak' as TenantId });
  await ports.migrations.create(waiting);
  const waitsFor = async () => (await call('/api/queue')).json.waiting[0].waitsFor;
  expect(await waitsFor()).toBeNull();
  await admit(aMigration({ source: waiting.source }));
  expect(await waitsFor()).toBe('perSource');
  await admit(aMigration(), aMigration());
  expect(await waitsFor()).toBe('total');
});
