import { expect, test } from 'vitest';
import type { TenantId } from '../../../functions/migration/names.ts';
import { aMigration } from '../../support/records.ts';
import { consoleWorld, openMigration } from './console-world.ts';

test('the queue shows a migration in one place, and a stopped one by itself', async () => {
  const { ports, call } = consoleWorld();
  const stopped = await openMigration(ports, { tenantId: 'cedar' as TenantId }, { execution: 'ended' });
  ports.clock.advance(60_000);
  const waiting = aMigration({ tenantId: 'oak' as TenantId });
  await ports.migrations.create(waiting);
  const { json } = await call('/api/queue');
  expect(json.stopped.map((one: { migrationId: string }) => one.migrationId)).toEqual([stopped.migrationId]);
  expect(json.waiting.map((one: { migrationId: string }) => one.migrationId)).toEqual([waiting.migrationId]);
  expect(json).toMatchObject({ underWay: [], damaged: null, limits: ports.settings.admission });
});

test('the catalogue is that of the settings, and the session says who one is', async () => {
  const { ports, call } = consoleWorld();
  const { json } = await call('/api/catalogue', { role: 'viewer' });
  expect(json.tiers.map(({ name }: { name: string }) => name)).toEqual(
    ports.settings.tiers.map(({ name }) => name),
  );
  const session = (await call('/api/session', { by: 'bea', role: 'viewer' })).json;
  expect(session.subject).toEqual({ name: 'bea', role: 'viewer', verified: true });
});
