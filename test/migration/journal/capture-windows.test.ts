import { expect, test } from 'vitest';
import { createDispatcher } from '../../../functions/aws/dispatcher.ts';
import { catchUp } from '../../../functions/migration/cutover/catch-up.ts';
import { Unavailable } from '../../../functions/migration/errors.ts';
import { armSourceCapture } from '../../../functions/migration/journal/arm-source-capture.ts';
import { setIdleWindows } from '../../../functions/migration/journal/capture-windows.ts';
import type { StreamReaders } from '../../../functions/migration/journal/stream-readers-port.ts';
import { isClosed, STATUSES, type Status } from '../../../functions/migration/life-cycle.ts';
import { altered } from '../../support/altered.ts';
import { cutoverWorld } from '../../support/cutover-world.ts';
import { fakePorts } from '../../support/fake-ports.ts';
import { aMigration, newTableName } from '../../support/records.ts';

const REST = 60;
const settings = { captureWindowSeconds: REST };

/** A migration's source and target, and a table that no migration uses, all without a window. */
const world = async (status: Status, { dryRun = false } = {}) => {
  const ports = fakePorts(settings);
  const [source, target, other] = [newTableName(), newTableName(), newTableName()];
  for (const table of [source, target, other]) ports.streamReaders.windows.set(table, 0);
  const made = aMigration();
  const migration = aMigration({
    status,
    dryRun,
    source: { ...made.source, table: source },
    target: { ...made.target, table: target },
  });
  await ports.migrations.create(migration);
  const windows = () => [source, target, other].map((table) => ports.streamReaders.windows.get(table));
  return { ports, migration, windows };
};

test.each(STATUSES)(
  'both tables of a migration that is %s have a window once it has ended, and not before',
  async (status) => {
    const { ports, windows } = await world(status);
    await setIdleWindows(ports);
    expect(windows()).toEqual(isClosed(status) ? [REST, REST, REST] : [0, 0, REST]);
  },
);

test('a dry run does not rely on capture', async () => {
  const { ports, windows } = await world('planning', { dryRun: true });
  await setIdleWindows(ports);
  expect(windows()).toEqual([REST, REST, REST]);
});

test('a table that another migration still uses keeps no window', async () => {
  const { ports, migration, windows } = await world('rolledBack');
  await ports.migrations.create(aMigration({ status: 'copying', target: migration.target }));
  await setIdleWindows(ports);
  expect(windows()).toEqual([REST, 0, REST]);
});

test('without the setting windows stay as an operator has set them', async () => {
  const { ports, windows } = await world('completed');
  await setIdleWindows({ ...ports, settings: fakePorts().settings });
  expect(windows()).toEqual([0, 0, 0]);
});

test('the dispatcher sets windows, and does not fail because of them', async () => {
  const { ports, windows } = await world('completed');
  const context = { awsRequestId: 'test', getRemainingTimeInMillis: () => 60_000 };
  const streamReaders = altered<StreamReaders>(ports.streamReaders, {
    captureWindows: () => Promise.reject(new Unavailable('planted')),
  });
  await createDispatcher().run({ ...ports, streamReaders }, {}, context);
  expect(windows()).toEqual([0, 0, 0]);
  await createDispatcher().run(ports, {}, context);
  expect(windows()).toEqual([REST, REST, REST]);
});

test('a migration removes the window of its source before it relies on capture', async () => {
  const { ports, migration, windows } = await world('provisioning');
  await ports.streamReaders.setCaptureWindow(`mapping of ${migration.source.table}`, REST);
  expect(await armSourceCapture(ports, migration)).toMatchObject({ armed: false });
  expect(windows()[0]).toBe(0);
});

test('a window that a dispatcher set from an outdated list is removed once capture is late', async () => {
  const { ports, migration, source, target } = await cutoverWorld();
  const now = ports.clock.now();
  const known = { stream: 'stream-1', reader: 'reader-1', provedAt: now, tookMs: 0 };
  const late = { ...known, asked: { nonce: 'n', at: now, since: now } };
  await ports.migrations.update(migration, { proofs: { source: late, target: known } });
  for (const table of [source, target]) ports.streamReaders.windows.set(table, REST);
  const poll = async () =>
    catchUp(ports, (await ports.migrations.get(migration.migrationId)) ?? migration, 'forward', {
      deadline: Number.POSITIVE_INFINITY,
    });
  ports.clock.advance(ports.settings.maxProofMs);
  await poll();
  expect(ports.streamReaders.windows.get(source)).toBe(REST);
  ports.clock.advance(1);
  expect(await poll()).toMatchObject({ ready: false });
  for (const table of [source, target]) expect(ports.streamReaders.windows.get(table)).toBe(0);
});
