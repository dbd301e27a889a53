import type { Item } from '../../functions/migration/items/items.ts';
import { isSentinel } from '../../functions/migration/items/sentinel.ts';
import { isFlipped } from '../../functions/migration/life-cycle.ts';
import type { Migration } from '../../functions/migration/migration.ts';
import { entityKey, type TableName } from '../../functions/migration/names.ts';
import type { Tenant } from '../../functions/migration/registry/tenant.ts';
import type { Value } from '../live/history.ts';
import { sortOf } from '../support/table-keys.ts';
import { collect, itemsOf } from '../support/tenants.ts';
import { ALL_KEYS } from './application.ts';
import { clearLeftJournal } from './by-doctor.ts';
import type { Plant, Subject } from './subject.ts';
import type { World } from './world.ts';

/** State of the tenant before the migration. */
export interface Before {
  readonly tenant: Tenant;
  readonly items: readonly Item[];
}

const keyOf = sortOf;
const isChanged = (key: string) => (ALL_KEYS as readonly string[]).includes(key);

/**
 * Returns the violations of I1 to I6 by an ended migration, and by anything that it leaves behind.
 * @param last last values of the application's keys; absent while it still writes.
 */
export const wrongsOf = async (
  world: World,
  subject: Subject,
  migration: Migration,
  before: Before,
  last?: ReadonlyMap<string, Value>,
): Promise<string[]> => {
  const { ports } = world.stack;
  const { tenantId, source } = subject.options;
  const target = migration.target.table ?? subject.options.target;
  const wrongs: string[] = [];
  const expect = (invariant: string, what: string, found: unknown, wanted: unknown) => {
    const [a, b] = [JSON.stringify(found), JSON.stringify(wanted)];
    if (a !== b) wrongs.push(`${invariant}: ${what} is ${a}, not ${b}`);
  };
  const isMoved = isFlipped(migration.status);
  const [live, other] = isMoved ? [target, source] : [source, target];

  const route = await ports.routes.get(tenantId);
  const { table, writes, leaseMs, fence, capture } = route ?? {};
  expect('I1', 'the live table', table, live);
  expect('I5', 'the route', { writes, fence }, { writes: 'open' });
  expect('left', 'the lease', leaseMs, ports.settings.leaseMs);
  expect('left', 'the capture', capture, undefined);

  const found = await itemsOf(ports, tenantId, live);
  const raised = found.filter((item) => !isSentinel(entityKey(keyOf(item))));
  const sentinels = (items: readonly Item[]) =>
    items.map(keyOf).filter((key) => isSentinel(entityKey(key))).length;
  expect('left', 'the number of sentinels on the live table', sentinels(found), 0);
  const untouched = before.items.filter((item) => !isChanged(keyOf(item)));
  const kept = raised.filter((item) => !isChanged(keyOf(item)));
  wrongs.push(...differences(kept, untouched).map((one) => `I2: ${one}`));
  if (last) {
    const values = new Map(raised.map((item) => [keyOf(item), item.value?.S]));
    for (const key of ALL_KEYS) expect('I2', `the value of ${key}`, values.get(key), last.get(key));
  }
  const leftOver = await itemsOf(ports, tenantId, other);
  expect('left', 'the number of sentinels on the other table', sentinels(leftOver), 0);
  expect('left', 'the number of items on the other table', leftOver.length - sentinels(leftOver), 0);

  for (const neighbour of world.neighbours) {
    const items = await itemsOf(ports, neighbour.tenantId, neighbour.table);
    wrongs.push(...differences(items, neighbour.items).map((one) => `I4: ${neighbour.tenantId}: ${one}`));
  }

  const events = await ports.migrations.events(migration.migrationId);
  const cleaningAt = events.findLast(({ from, to }) => from !== to && to === 'cleaningUp')?.at;
  if (subject.sourceDeletedAt !== undefined && (cleaningAt ?? Infinity) > subject.sourceDeletedAt)
    wrongs.push('I6: items of the source were deleted before the clean-up had begun');

  const { updatedAt: _, updatedBy: __, ...tenant } = (await ports.registry.tenant(tenantId)) ?? before.tenant;
  const { updatedAt: ___, updatedBy: ____, ...was } = before.tenant;
  if (isMoved) {
    const { lockedBy, pending } = tenant;
    expect('left', 'the registry', { table: tenant.table, lockedBy, pending }, { table: target });
  } else {
    expect('left', 'the registry', sorted(tenant), sorted(was));
  }
  const mayBeLeft = subject.fired.some(isLateCapture);
  for await (const { migrationId } of ports.migrations.list({ tenantId })) {
    if (mayBeLeft) await clearLeftJournal(ports, migrationId);
    for (const side of ['source', 'target'] as const) {
      const left = await ports.journal.entries(migrationId, side, 5);
      expect('left', `the journal of the ${side}`, left, []);
    }
  }
  const { registryChange } = migration;
  expect('left', 'the change of the registry', registryChange, isMoved ? 'released' : 'none');
  if (migration.status !== 'completed') expect('left', 'the lock', migration.locked, false);
  wrongs.push(...(await wrongsOfTables(world, target, isMoved)));
  return wrongs;
};

/**
 * True for a write of capture that takes effect after it was given up, and so perhaps after its migration has closed.
 * Nothing reads what it leaves in the journal, and the doctor finds and clears it.
 */
const isLateCapture = ({ at: { state, operation, tables }, fault }: Plant): boolean =>
  state === 'CaptureChanges' &&
  operation === 'BatchWriteItem' &&
  tables === 'journal' &&
  (fault === 'late' || fault === 'beyondFlip' || fault === 'timeout');

/** Returns violations concerning dedicated tables: each exists, is registered and is full, or does not exist. */
const wrongsOfTables = async (
  { stack: { ports } }: World,
  target: TableName,
  isMoved: boolean,
): Promise<string[]> => {
  if (!/-enterprise-/.test(target)) return [];
  const registered = await ports.registry.table(target);
  if (isMoved) {
    const { tenants, reserved, departing, freeSlots } = registered ?? {};
    const found = JSON.stringify({ tenants, reserved, departing, freeSlots });
    const wanted = JSON.stringify({ tenants: 1, reserved: 0, departing: 0, freeSlots: 0 });
    return found === wanted ? [] : [`left: occupancy of ${target} is ${found}`];
  }
  return [
    ...(registered && registered.state !== 'dropped' ? [`left: ${target} is ${registered.state}`] : []),
    ...((await ports.tables.describe(target)) ? [`left: ${target} is still there`] : []),
  ];
};

/** Returns violations concerning the counts of shared tables. To be called while no migration is open. */
export const wrongsOfOccupancy = async ({ stack: { ports } }: World): Promise<string[]> => {
  const tenants = await collect(ports.registry.tenants());
  const tables = await collect(ports.registry.tables());
  return tables.flatMap(({ table, placement, tenants: counted, reserved, departing, freeSlots }) => {
    const living = tenants.filter((tenant) => tenant.table === table).length;
    const limit = ports.settings.tiers.find(({ name }) => table.endsWith(name))?.maxTenants ?? 1;
    const found = JSON.stringify({ counted, reserved, departing, freeSlots });
    const wanted = JSON.stringify({ counted: living, reserved: 0, departing: 0, freeSlots: limit - living });
    return found === wanted || placement === 'dedicated'
      ? []
      : [`left: occupancy of ${table} is ${found}, not ${wanted}`];
  });
};

const differences = (found: readonly Item[], wanted: readonly Item[]): string[] => {
  const [a, b] = [found, wanted].map((items) => new Map(items.map((item) => [keyOf(item), sorted(item)])));
  if (!a || !b) return [];
  return [...new Set([...a.keys(), ...b.keys()])]
    .filter((key) => a.get(key) !== b.get(key))
    .map((key) => `${key} is ${a.has(key) ? (b.has(key) ? 'different' : 'too much') : 'missing'}`);
};

const sorted = (value: object): string =>
  JSON.stringify(value, (_, one: unknown) =>
    typeof one === 'object' && one !== null && !Array.isArray(one)
      ? Object.fromEntries(Object.entries(one).sort(([x], [y]) => (x < y ? -1 : 1)))
      : one,
  );
