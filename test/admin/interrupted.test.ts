import { expect, test } from 'vitest';
import { type Admin, adminOf } from '../../functions/admin/admin-of.ts';
import {
  Conflict,
  InvalidRequest,
  NotSafe,
  TenantAlreadyMigrating,
  type TierferryError,
} from '../../functions/migration/errors.ts';
import {
  type MigrationId,
  type TableName,
  type TenantId,
  type TierName,
  tableName,
} from '../../functions/migration/names.ts';
import { admitQueued } from '../../functions/migration/queue/admit-queued.ts';
import { type End, endingProcess, ProcessEnded } from '../support/ending-process.ts';
import { type FakePorts, fakePorts } from '../support/fake-ports.ts';
import { aMigration } from '../support/records.ts';
import { addTenant, collect, itemsOf } from '../support/tenants.ts';

/* Each function of `tierferry/admin` is interrupted at each of its calls and repeated: the state is that of one whole run. */

const north = 'north' as TenantId;
const note = { by: 'ana', reason: 'test' };
const OWN = tableName('prod-tenants');
const catalogue = [
  { name: 'basic', placement: 'shared', maxSchools: 10, maxTenants: 2 },
  { name: 'advanced', placement: 'shared', maxSchools: 100, maxTenants: 2 },
  { name: 'enterprise', placement: 'dedicated', maxTenants: 1 },
];

interface Case {
  /** Prepares the deployment. */
  readonly given?: (ports: FakePorts) => Promise<unknown>;
  readonly call: (admin: Admin, ports: FakePorts) => Promise<unknown>;
  /** The error by which a repeated call is refused if the first one has taken effect; absent if the repeated call succeeds. */
  readonly refusal?: abstract new (
    ...given: never[]
  ) => TierferryError;
  /** Continues a migration whose repeated request was refused, once its execution counts as stopped. */
  readonly proceed?: (admin: Admin, ports: FakePorts) => Promise<unknown>;
  /** False if a call whose answer was lost must not be repeated. */
  readonly mayRepeatUnanswered?: false;
}

const register = (tenant: { tier: string; table?: string }): Case => ({
  given: adoptable,
  call: (admin) => admin.registerTenant({ tenantId: north, name: 'North', ...note, ...tenant }),
  refusal: InvalidRequest,
});

const adoptable = async ({ tables, settings }: FakePorts): Promise<void> => {
  await tables.create(OWN, settings.tableDesign);
  await tables.describe(OWN);
  await tables.configure(OWN, settings.tableDesign);
};

const withNorth = (tenant: { tier?: string; items?: number } = {}) =>
  ({ given: (ports) => addTenant(ports, { tenantId: north, items: 0, ...tenant }) }) satisfies Partial<Case>;

const idOf = async ({ migrations }: FakePorts): Promise<MigrationId> => {
  const [migration] = await collect(migrations.list({ tenantId: north }));
  if (!migration) throw new Error('there is no migration');
  return migration.migrationId;
};

const requestMove = async (ports: FakePorts): Promise<void> => {
  await addTenant(ports, { tenantId: north, items: 3 });
  await adminOf(ports).requestMigration({
    tenantId: north,
    toTier: 'advanced',
    requestedBy: 'ana',
    reason: 'test',
  });
};

/** A case of a migration that is running. */
const onMigration = (
  call: (admin: Admin, migrationId: MigrationId) => Promise<unknown>,
  before: (admin: Admin, migrationId: MigrationId) => Promise<unknown> = async () => undefined,
): Case => ({
  async given(ports) {
    await requestMove(ports);
    await before(adminOf(ports), await idOf(ports));
  },
  call: async (admin, ports) => call(admin, await idOf(ports)),
  refusal: NotSafe,
});

const CASES: Readonly<Record<string, Case>> = {
  'registerTenant in a new shared table': register({ tier: 'basic' }),
  'registerTenant in a new table of its own': register({ tier: 'enterprise' }),
  'registerTenant in a table of the application': register({ tier: 'basic', table: OWN }),
  'registerTenant in a table of the application as its own': register({ tier: 'enterprise', table: OWN }),
  importTenants: {
    given: adoptable,
    call: (admin) =>
      admin.importTenants(
        [
          ...['a', 'b', 'c'].map((tenantId) => ({ tenantId, tier: 'basic' })),
          ...['d', 'e'].map((tenantId) => ({ tenantId, tier: 'enterprise' })),
          { tenantId: 'f', tier: 'advanced', table: OWN },
        ],
        note,
      ),
  },
  renameTenant: { ...withNorth(), call: (admin) => admin.renameTenant(north, 'Northern', note) },
  setPreferences: {
    ...withNorth(),
    call: (admin) => admin.setPreferences(north, { autoMigrate: 'off' }, note),
  },
  'removeTenant without items': {
    ...withNorth(),
    call: (admin) => admin.removeTenant({ tenantId: north, by: 'ana' }),
  },
  'removeTenant with items': {
    ...withNorth({ items: 60 }),
    call: (admin) => admin.removeTenant({ tenantId: north, deletesItems: true, by: 'ana' }),
  },
  'removeTenant with its table': {
    ...withNorth({ items: 30, tier: 'enterprise' }),
    call: (admin) => admin.removeTenant({ tenantId: north, deletesItems: true, by: 'ana' }),
  },
  addTable: { call: (admin) => admin.addTable('basic', note), mayRepeatUnanswered: false },
  'addTable of the application': {
    given: adoptable,
    call: (admin) => admin.addTable('basic', note, { table: OWN }),
    refusal: Conflict,
  },
  retireTable: {
    async given(ports) {
      for (const tenantId of [north, 'south']) await addTenant(ports, { tenantId, items: 3 });
    },
    call: (admin) => admin.retireTable('saas-tenant-data-basic', note),
  },
  reinstateTable: {
    async given(ports) {
      await adminOf(ports).addTable('basic', note);
      await adminOf(ports).retireTable('saas-tenant-data-basic', note);
    },
    call: (admin) => admin.reinstateTable('saas-tenant-data-basic', note),
  },
  requestMigration: {
    ...withNorth({ items: 3 }),
    call: (admin) =>
      admin.requestMigration({ tenantId: north, toTier: 'advanced', requestedBy: 'ana', reason: 'test' }),
    refusal: TenantAlreadyMigrating,
  },
  pauseMigration: onMigration((admin, id) => admin.pauseMigration(id, note)),
  resumeMigration: onMigration(
    (admin, id) => admin.resumeMigration(id, note),
    (admin, id) => admin.pauseMigration(id, note),
  ),
  holdCutover: onMigration((admin, id) => admin.holdCutover(id, note)),
  releaseCutover: onMigration(
    (admin, id) => admin.releaseCutover(id, note),
    (admin, id) => admin.holdCutover(id, note),
  ),
  limitMigration: onMigration((admin, id) => admin.limitMigration(id, { write: 7 }, note)),
  holdMigration: onMigration((admin, id) => admin.holdMigration(id, { holdMs: 1_000 }, note)),
  cancelMigration: onMigration((admin, id) => admin.cancelMigration(id, note)),
  retryMigration: {
    async given(ports) {
      await requestMove(ports);
      ports.workflow.endAll();
    },
    call: async (admin, ports) => admin.retryMigration(await idOf(ports), note),
    refusal: NotSafe,
  },
  rollbackMigration: {
    async given(ports) {
      const { table } = await addTenant(ports, { tenantId: north, items: 3 });
      await ports.migrations.create(
        aMigration({
          tenantId: north,
          status: 'holding',
          source: { tier: 'basic' as TierName, placement: 'shared', table },
          flippedAt: ports.clock.now(),
        }),
      );
    },
    call: async (admin, ports) => admin.rollbackMigration(await idOf(ports), note),
    refusal: NotSafe,
    async proceed(admin, ports) {
      ports.clock.advance(60_000);
      const { execution, migration } = await admin.readStatus(await idOf(ports));
      if (execution === 'stopped') await admin.retryMigration(migration.migrationId, note);
    },
  },
};

/**
 * Returns the deployment's state, without times, epochs, the parts of ids that count up, and the number of deleted items, which
 * lacks those of an interrupted page.
 */
const stateOf = async (ports: FakePorts): Promise<unknown> => {
  const tables = await collect(ports.registry.tables());
  const tenantIds = [north, ...['south', 'a', 'b', 'c', 'd', 'e', 'f'].map((id) => id as TenantId)];
  const names = new Set<TableName>([OWN, ...tables.map(({ table }) => table)]);
  const state = {
    tenants: await collect(ports.registry.tenants()),
    tables: tables.toSorted((a, b) => a.table.localeCompare(b.table)),
    removed: await Promise.all(tenantIds.map((id) => ports.registry.removedTenant(id))),
    routes: await Promise.all(tenantIds.map((id) => ports.routes.get(id))),
    described: await Promise.all([...names].sort().map((name) => ports.tables.describe(name))),
    items: await Promise.all([...names].sort().map((name) => itemsOf(ports, north, name))),
    backups: [...ports.tables.backups.values()],
    migrations: await collect(ports.migrations.list({})),
    executions: [...ports.workflow.migrations, ...ports.workflow.rollbacks],
  };
  const text = JSON.stringify(state, (key, value: unknown) =>
    /At$|^at$|^from$|^(runId|epoch|routeEpoch|attempt|itemsDeleted)$/.test(key) ? undefined : value,
  );
  return JSON.parse(text.replaceAll(/\b(mig|rem)-[\w-]+/g, '$1'));
};

/** Runs a case, interrupts it if it is to be, repeats it, and admits what is queued. @returns undefined if it was not interrupted */
const run = async ({ given, call, refusal, proceed }: Case, end?: End): Promise<unknown> => {
  const ports = fakePorts({ tiers: catalogue });
  await given?.(ports);
  if (end) {
    const ended = await call(adminOf(endingProcess(ports, end)), ports).then(
      () => undefined,
      (error: unknown) => error,
    );
    if (ended === undefined) return undefined;
    if (!(ended instanceof ProcessEnded)) throw ended;
  }
  await call(adminOf(ports), ports).catch(async (error: unknown) => {
    if (!end || !refusal || !(error instanceof refusal)) throw error;
    await proceed?.(adminOf(ports), ports);
  });
  await admitQueued(ports);
  return stateOf(ports);
};

for (const [name, one] of Object.entries(CASES))
  test(`${name} may be interrupted at any call and repeated`, async () => {
    const whole = await run(one);
    const whens = one.mayRepeatUnanswered === false ? (['before'] as const) : (['before', 'after'] as const);
    for (const when of whens)
      for (let call = 1; ; call += 1) {
        const state = await run(one, { call, when });
        if (state === undefined) {
          expect(call).toBeGreaterThan(1);
          break;
        }
        expect(state, `interrupted ${when} call ${call}`).toEqual(whole);
      }
  });

test('each function that changes anything is interrupted', () => {
  const reads = /^(find|list|plan|read)/;
  const changing = Object.keys(adminOf(fakePorts())).filter((name) => !reads.test(name));
  const covered = new Set(Object.keys(CASES).map((name) => name.split(' ')[0]));
  expect([...covered].sort()).toEqual(changing.sort());
});
