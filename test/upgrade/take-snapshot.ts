import { isDeepStrictEqual } from 'node:util';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { rollbackMigration } from '../../functions/migration/operator/rollback-migration.ts';
import { findTenant } from '../../functions/migration/registry/find-tenant.ts';
import { requestMigration } from '../../functions/migration/requests/request-migration.ts';
import { controlTables } from '../../functions/migration/settings/settings.ts';
import { type Stack, startStack } from '../../scripts/local/stack.ts';
import { createTierTables } from '../../scripts/local/tier-tables.ts';
import { definitionOf } from '../../state-machines/machines.ts';
import { SHORT_WAITS } from '../support/short-waits.ts';
import { copyTable } from '../support/table-copy.ts';
import { addTenant, collect, putAll } from '../support/tenants.ts';
import { until } from '../support/until.ts';
import { StopPoints } from './stop-points.ts';
import { MigrationSnapshot, SNAPSHOT_SETTINGS, writeVersion } from './version-snapshot.ts';

/*
 * Takes a snapshot of this version: runs migrations on the embedded stack, stops each before a state, and writes the state machines and
 * the records to a folder of their own. `node test/upgrade/take-snapshot.ts 0.1.0`
 */

const TENANT = 'cedar-valley';

/** Runs work on a stack with one tenant of 8 items, which stops at states. */
const withStack = async <T>(work: (run: SnapshotRun) => Promise<T>): Promise<T> => {
  const stops = new StopPoints();
  const stack = await startStack({
    settings: SNAPSHOT_SETTINGS,
    countsSchools: false,
    overrides: { waits: SHORT_WAITS },
    wrapHandler: stops.wrapHandler,
  });
  try {
    await createTierTables(stack);
    return await work(new SnapshotRun(stack, stops));
  } finally {
    await stack.stop();
  }
};

class SnapshotRun {
  readonly stack: Stack;
  readonly #stops: StopPoints;

  constructor(stack: Stack, stops: StopPoints) {
    this.stack = stack;
    this.#stops = stops;
  }

  /** Requests the move of a new tenant. @returns the migration's id */
  async request(options: { readonly holdCutover?: boolean } = {}): Promise<string> {
    const { ports } = this.stack;
    await addTenant(ports, { tenantId: TENANT, items: 8 });
    const { migrationId } = await requestMigration(ports, {
      tenantId: TENANT,
      toTier: 'advanced',
      requestedBy: 'operator',
      reason: 'open during the upgrade',
      ...options,
    });
    return migrationId;
  }

  /** Writes an item to the live table as the application does, and waits until it is journalled. */
  async write(entityKey: string): Promise<void> {
    const { ports } = this.stack;
    const { tenantId, table } = await findTenant(ports, TENANT);
    const live = (await ports.routes.get(tenantId))?.table ?? table;
    const item = { tenantId: { S: TENANT }, entityKey: { S: entityKey }, entityType: { S: 'STUDENT' } };
    await putAll(ports, tenantId, live, [item]);
    await until(`${entityKey} to be journalled`, async () => {
      const { items } = await copyTable(this.stack, controlTables(ports.settings).journal);
      return items.some((entry) => entry.entityKey?.S === entityKey);
    });
  }

  /** Waits until a state has run. */
  async untilRun(state: string): Promise<void> {
    await until(`${state} to run`, () => this.#stops.hasRun(state));
  }

  /** Stops the execution the next time that it reaches a state. */
  async stopAt(state: string): Promise<void> {
    this.#stops.arm(state);
    await until(`the execution to reach ${state}`, () => this.#stops.inputAt(state));
  }

  /** Returns the migration as it stands, at the state at which it was stopped. */
  async snapshot(machine: MigrationSnapshot['machine'], state: string): Promise<MigrationSnapshot> {
    const { registry, settings } = this.stack.ports;
    const tables = [
      ...Object.values(controlTables(settings)),
      ...(await collect(registry.tables())).map(({ table }) => table),
    ];
    const copies = await Promise.all(tables.map((table) => copyTable(this.stack, table)));
    return MigrationSnapshot.parse({
      machine,
      state,
      input: this.#stops.inputAt(state),
      tenantId: TENANT,
      settings: SNAPSHOT_SETTINGS,
      tables: Object.fromEntries(
        copies.map(({ table, items }) => [table, items.map(plain).toSorted(byText)]),
      ),
    });
  }
}

/** Keys of records and of items, which come first in a line. */
const KEYS = ['migrationId', 'id', 'tenantId', 'part', 'entityKey'];

const byText = (a: object, b: object): number => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1);

/** Returns an item as plain JSON, its keys first. @throws Error if the item cannot be written back from it as it was */
const plain = (item: Parameters<typeof unmarshall>[0]): Readonly<Record<string, unknown>> => {
  const value = unmarshall(item);
  if (!isDeepStrictEqual(marshall(JSON.parse(JSON.stringify(value))), item))
    throw new Error(`an item does not survive as JSON: ${JSON.stringify(item)}`);
  const names = Object.keys(value).sort();
  const ordered = [...KEYS.filter((key) => key in value), ...names.filter((name) => !KEYS.includes(name))];
  return Object.fromEntries(ordered.map((name) => [name, value[name]]));
};

const catchingUp = () =>
  withStack(async (run) => {
    await run.request({ holdCutover: true });
    await run.untilRun('CatchUp');
    await run.stopAt('CatchUp');
    await run.write('STUDENT#written-before-the-cutover');
    return { 'catching-up': await run.snapshot('tier-migration', 'CatchUp') };
  });

const afterFlip = () =>
  withStack(async (run) => {
    const id = await run.request();
    await run.stopAt('CheckHold');
    await run.write('STUDENT#written-after-the-flip');
    const holding = await run.snapshot('tier-migration', 'CheckHold');
    await rollbackMigration(run.stack.ports, id, {
      by: 'operator',
      reason: 'rolled back during the upgrade',
    });
    await run.stopAt('CatchUpReverse');
    return { holding, 'rolling-back': await run.snapshot('rollback', 'CatchUpReverse') };
  });

const [version] = process.argv.slice(2);
if (version === undefined || !/^\d+\.\d+\.\d+$/.test(version)) {
  process.stderr.write('name the version: node test/upgrade/take-snapshot.ts 0.1.0\n');
  process.exitCode = 2;
} else writeVersion(version, definitionOf, { ...(await catchingUp()), ...(await afterFlip()) });
