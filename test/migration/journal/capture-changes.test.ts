import { expect, test } from 'vitest';
import { RecordDamaged, Throttled } from '../../../functions/migration/errors.ts';
import { isSentinel, lastSentinelKey, sentinelKey } from '../../../functions/migration/items/sentinel.ts';
import { captureChanges } from '../../../functions/migration/journal/capture-changes.ts';
import type { CapturedChange } from '../../../functions/migration/journal/captured-change.ts';
import type { Journal } from '../../../functions/migration/journal/journal-port.ts';
import type { Migration } from '../../../functions/migration/migration.ts';
import {
  type EntityKey,
  entityKey,
  epochMs,
  type MigrationId,
  type TableName,
  type TenantId,
  type TierName,
} from '../../../functions/migration/names.ts';
import { arm, disarm, type Route, type Side } from '../../../functions/migration/route/route.ts';
import { FakeJournal } from '../../support/fake-journal.ts';
import { fakePorts } from '../../support/fake-ports.ts';
import { FakeRoutes } from '../../support/fake-routes.ts';
import { aMigration, aRoute, newTableName, newTenantId } from '../../support/records.ts';

const nonce = '1';

class NotedRoutes extends FakeRoutes {
  readonly reads: (readonly TenantId[])[] = [];
  override async getMany(tenantIds: readonly TenantId[]) {
    this.reads.push(tenantIds);
    return super.getMany(tenantIds);
  }
}
class NotedJournal extends FakeJournal {
  readonly writes: { migrationId: MigrationId; side: Side; changes: Parameters<Journal['addEntries']>[2] }[] =
    [];
  fail: (key: EntityKey) => boolean = () => false;
  override async addEntries(...[migrationId, side, changes]: Parameters<Journal['addEntries']>) {
    if (changes.some(({ key }) => this.fail(key))) throw new Error('planted');
    await super.addEntries(migrationId, side, changes);
    this.writes.push({ migrationId, side, changes });
  }
}
const world = (given: readonly Route[]) => {
  const { newId, migrations, settings, clock, log } = fakePorts();
  const [routes, journal] = [new NotedRoutes(), new NotedJournal(newId)];
  for (const route of given) routes.records.set(route.tenantId, route);
  return {
    ports: { routes, journal, migrations, settings, clock, log },
    journal,
    reads: routes.reads,
    writes: journal.writes,
  };
};
/** A tenant in a table of its own, whose changes are captured there. */
const armed = (table = newTableName()) => {
  const { migrationId } = aMigration();
  const route = arm(aRoute({ table }), { migrationId, side: 'source', table });
  return { migrationId, route, table };
};
let sequences = 0;
const aChange = (tenantId: TenantId, key: string, given: Partial<CapturedChange> = {}): CapturedChange => {
  sequences += 1;
  return {
    tenantId,
    key: entityKey(key),
    sequence: String(sequences),
    kind: 'changed',
    expired: false,
    ...given,
  };
};
const keysIn = async (journal: Journal, migrationId: MigrationId, side: Side = 'source') =>
  (await journal.entries(migrationId, side, 100)).map(({ key }) => key).sort();

test('a key is journalled for the migration and the side on whose table it changed', async () => {
  const { migrationId, route, table } = armed();
  const target = newTableName();
  const both = arm(route, { migrationId, side: 'target', table: target });
  const { ports, journal } = world([both]);
  await captureChanges(ports, table, [aChange(route.tenantId, 's')]);
  await captureChanges(ports, target, [aChange(route.tenantId, 't')]);
  expect(await keysIn(journal, migrationId)).toEqual(['s']);
  expect(await keysIn(journal, migrationId, 'target')).toEqual(['t']);
});

test('a tenant without a migration, or without capture on this table, causes no write', async () => {
  const table = newTableName();
  const elsewhere = armed();
  const gone = armed(table);
  const routes = [aRoute({ table }), elsewhere.route, disarm(gone.route, { migrationId: gone.migrationId })];
  const { ports, writes, reads } = world(routes);
  const changes = [...routes, aRoute()].map(({ tenantId }) => aChange(tenantId, 'k'));
  await captureChanges(ports, table, changes);
  expect(writes).toEqual([]);
  expect(reads).toHaveLength(1);
});

test("in one batch each tenant's keys go to its own migration, with one read of routes", async () => {
  const table = newTableName();
  const [one, other] = [armed(table), armed(table)];
  const bystander = newTenantId();
  const { ports, journal, reads, writes } = world([one.route, other.route]);
  const of = ({ route }: typeof one, key: string) => aChange(route.tenantId, key);
  await captureChanges(ports, table, [
    of(one, 'a'),
    of(other, 'b'),
    aChange(bystander, 'c'),
    of(one, 'd'),
    of(one, 'a'),
  ]);
  expect(await keysIn(journal, one.migrationId)).toEqual(['a', 'd']);
  expect(await keysIn(journal, other.migrationId)).toEqual(['b']);
  expect(writes).toHaveLength(2);
  // once for all, and once more for tenants with new journal entries
  expect(reads).toEqual([
    [one.route.tenantId, other.route.tenantId, bystander],
    [one.route.tenantId, other.route.tenantId],
  ]);
});

test('entries for a migration that closes in between are deleted again', async () => {
  const { migrationId, route, table } = armed();
  const { ports, journal } = world([route]);
  const { addEntries: entry } = journal;
  journal.addEntries = async (...given) => {
    // its last step turns capture off and clears the journal, and only then the entries arrive
    ports.routes.records.set(route.tenantId, disarm(route, { migrationId }));
    await journal.clear(migrationId);
    await entry.apply(journal, given);
  };
  await captureChanges(ports, table, [aChange(route.tenantId, 'k')]);
  expect(await keysIn(journal, migrationId)).toEqual([]);
});

test('a batch without changes causes no call', async () => {
  const { ports, reads, writes } = world([]);
  await captureChanges(ports, newTableName(), []);
  expect([reads, writes]).toEqual([[], []]);
});

test('a key that changed many times in a batch is written once, with its last change', async () => {
  const { migrationId, route, table } = armed();
  const { ports, writes } = world([route]);
  const changes = ['k', 'l', 'k'].map((key) => aChange(route.tenantId, key));
  await captureChanges(ports, table, changes);
  expect(writes).toEqual([
    {
      migrationId,
      side: 'source',
      changes: [2, 1].map((n) => ({ key: changes[n]?.key, sequence: changes[n]?.sequence })),
    },
  ]);
});

test('a change that is delivered again never makes a later one count as applied', async () => {
  const { migrationId, route, table } = armed();
  const { ports, journal } = world([route]);
  const [first, later] = [aChange(route.tenantId, 'k'), aChange(route.tenantId, 'k')];
  await captureChanges(ports, table, [first]);
  const applied = await journal.entries(migrationId, 'source', 10);
  await captureChanges(ports, table, [later]);
  await captureChanges(ports, table, [first]);
  await journal.remove(migrationId, 'source', applied);
  expect(await keysIn(journal, migrationId)).toEqual(['k']);
});

test('a sentinel is journalled after all other keys of its batch, even if it came first', async () => {
  const table = newTableName();
  const [one, other] = [armed(table), armed(table)];
  const sentinels = [
    sentinelKey(undefined, nonce),
    sentinelKey(entityKey('m'), nonce),
    lastSentinelKey(nonce),
  ];
  const { ports, writes } = world([one.route, other.route]);
  await captureChanges(ports, table, [
    ...sentinels.map((key) => aChange(one.route.tenantId, key)),
    aChange(one.route.tenantId, 'k'),
    aChange(other.route.tenantId, 'l'),
  ]);
  expect(writes.map(({ changes }) => changes.map(({ key }) => key))).toEqual([['k'], ['l'], sentinels]);
  expect(sentinels.every(isSentinel)).toBe(true);
});

test('a sentinel is journalled when it is put, and not when it is deleted, because no step would remove that entry', async () => {
  const { route, table } = armed();
  const { ports, writes } = world([route]);
  const key = lastSentinelKey(nonce);
  const [put, deleted] = [
    aChange(route.tenantId, key, { kind: 'added' }),
    aChange(route.tenantId, key, { kind: 'removed' }),
  ];
  await captureChanges(ports, table, [put, deleted]);
  await captureChanges(ports, table, [deleted]);
  expect(writes.map(({ changes }) => changes)).toEqual([[{ key, sequence: put.sequence }]]);
});

test('no sentinel is journalled if another key could not be', async () => {
  const { migrationId, route, table } = armed();
  const { ports, journal } = world([route]);
  journal.fail = (key) => key === 'k';
  const changes = [aChange(route.tenantId, lastSentinelKey(nonce)), aChange(route.tenantId, 'k')];
  await expect(captureChanges(ports, table, changes)).rejects.toThrow('planted');
  expect(await keysIn(journal, migrationId)).toEqual([]);
});

test('an expired item is a change on the live table, and not on the other', async () => {
  const { migrationId, route, table: source } = armed();
  const target: TableName = newTableName();
  const both = arm(route, { migrationId, side: 'target', table: target });
  const expiring = (key: string) => [aChange(route.tenantId, key, { expired: true })];
  for (const live of [source, target]) {
    const { ports, journal } = world([{ ...both, table: live }]);
    await captureChanges(ports, source, expiring('s'));
    await captureChanges(ports, target, expiring('t'));
    expect(await keysIn(journal, migrationId, 'source')).toEqual(live === source ? ['s'] : []);
    expect(await keysIn(journal, migrationId, 'target')).toEqual(live === target ? ['t'] : []);
  }
});

test('a write to the table that is no longer live is journalled as a straggler', async () => {
  const { migrationId, route, table } = armed();
  const { ports, journal } = world([{ ...route, table: newTableName() }]);
  await captureChanges(ports, table, [aChange(route.tenantId, 'k')]);
  expect(await keysIn(journal, migrationId)).toEqual(['k']);
});

/** A tenant whose route cannot be read, and its latest migration as it is now. */
const withDamagedRoute = async (given: Partial<Migration>) => {
  const table = newTableName();
  const { route } = armed(table);
  const made = world([route]);
  const source = { ...aMigration().source, table };
  const migration = aMigration({ tenantId: route.tenantId, source, ...given });
  await made.ports.migrations.create(migration);
  made.ports.routes.damaged.add(route.tenantId);
  return { ...made, table, migration, tenantId: route.tenantId };
};

test('an unreadable route delays no other tenant and loses no change, because the migration names the side', async () => {
  const { ports, journal, table, migration, tenantId } = await withDamagedRoute({ status: 'copying' });
  const other = armed(table);
  ports.routes.records.set(other.route.tenantId, other.route);
  await captureChanges(ports, table, [aChange(tenantId, 'a'), aChange(other.route.tenantId, 'b')]);
  expect(await keysIn(journal, migration.migrationId)).toEqual(['a']);
  expect(await keysIn(journal, other.migrationId)).toEqual(['b']);
});

test('on either table of the migration, and on no other', async () => {
  const target = newTableName();
  const location = { tier: 'advanced' as TierName, placement: 'shared', table: target } as const;
  const { ports, journal, table, migration, tenantId } = await withDamagedRoute({
    status: 'holding',
    target: location,
  });
  for (const [on, key] of [
    [table, 's'],
    [target, 't'],
    [newTableName(), 'elsewhere'],
  ] as const)
    await captureChanges(ports, on, [aChange(tenantId, key)]);
  await captureChanges(ports, table, [aChange(tenantId, 'expired', { expired: true })]);
  expect(await keysIn(journal, migration.migrationId)).toEqual(['s']);
  expect(await keysIn(journal, migration.migrationId, 'target')).toEqual(['t']);
});

test('an unreadable route causes no write if no migration is open', async () => {
  const { ports, writes, table, tenantId } = await withDamagedRoute({ status: 'completed' });
  const never = aRoute({ table });
  ports.routes.damaged.add(never.tenantId);
  await captureChanges(ports, table, [aChange(tenantId, 'a'), aChange(never.tenantId, 'b')]);
  expect(writes).toEqual([]);
});

test("if the migration's record is damaged too, changes are journalled for both sides; if its id is unknown too, the log says so", async () => {
  const { ports, journal, writes, table, migration, tenantId } = await withDamagedRoute({
    status: 'copying',
  });
  const damaged = new RecordDamaged({ table: 'migrations', key: 'a/b', field: 'c' });
  ports.migrations.get = () => Promise.reject(damaged);
  await captureChanges(ports, table, [aChange(tenantId, 'a')]);
  expect(await keysIn(journal, migration.migrationId)).toEqual(['a']);
  expect(await keysIn(journal, migration.migrationId, 'target')).toEqual(['a']);

  const lines: unknown[] = [];
  const log = { ...ports.log, warn: (fields: object) => lines.push(fields) };
  ports.migrations.latest = () => Promise.reject(damaged);
  const before = writes.length;
  await captureChanges({ ...ports, log }, table, [aChange(tenantId, 'b')]);
  expect(writes).toHaveLength(before);
  expect(lines).toEqual([{ tenantId, table, error: 'RecordDamaged' }]);
  // temporary errors are not damage: the batch is delivered again
  ports.migrations.latest = () => Promise.reject(new Throttled('slow down'));
  await expect(captureChanges(ports, table, [aChange(tenantId, 'c')])).rejects.toThrow(Throttled);
});

test.each([
  ['half a day', 12 * 60 * 60_000 - 60_000, false],
  ['more', 12 * 60 * 60_000 + 60_000, true],
])('F4: a change that took %s through capture shows whether others may be missing', async (_, age, isGap) => {
  const { migrationId, route, table } = armed();
  const { ports } = world([route]);
  await ports.migrations.create(aMigration({ migrationId, tenantId: route.tenantId, status: 'catchingUp' }));
  const createdAt = epochMs(ports.clock.now() - age);
  await captureChanges(ports, table, [
    aChange(route.tenantId, 'old', { createdAt }),
    aChange(route.tenantId, 'new'),
  ]);
  expect((await ports.migrations.get(migrationId))?.gap !== undefined).toBe(isGap);
});
