import { marshall } from '@aws-sdk/util-dynamodb';
import { describe, expect, test } from 'vitest';
import { tableName } from '../../functions/migration/names.ts';
import { releaseCutover } from '../../functions/migration/operator/hold-cutover.ts';
import { controlTables } from '../../functions/migration/settings/settings.ts';
import type { Stack, StackOptions } from '../../scripts/local/stack.ts';
import { withArns } from '../../scripts/local/state-machines.ts';
import { createTierTables } from '../../scripts/local/tier-tables.ts';
import { MACHINES } from '../../state-machines/machines.ts';
import { SHORT_WAITS } from '../support/short-waits.ts';
import { restoreTable } from '../support/table-copy.ts';
import { ended, itemsOf } from '../support/tenants.ts';
import { startTestStack } from '../support/test-stack.ts';
import { until } from '../support/until.ts';
import { startAtState } from './start-at-state.ts';
import {
  type MigrationSnapshot,
  readDefinition,
  readMigration,
  snapshotVersions,
} from './version-snapshot.ts';

const itemsIn = ({ tables }: MigrationSnapshot, table: string) =>
  (tables[table] ?? []).map((item) => marshall(item));

/** Counts the records that the streams of the tier tables have delivered. */
const countRecords = () => {
  let delivered = 0;
  const wrapHandler: StackOptions['wrapHandler'] = (name, run) => async (ports, event, context) => {
    const result = await run(ports, event, context);
    if (name === 'CaptureChanges' && typeof event === 'object' && event !== null && 'Records' in event)
      delivered += Array.isArray(event.Records) ? event.Records.length : 0;
    return result;
  };
  return { wrapHandler, delivered: () => delivered };
};

/** Starts a stack with an earlier version's state machines and tables, and with this version's handlers. */
const startSnapshotStack = async (version: string, snapshot: MigrationSnapshot): Promise<Stack> => {
  const records = countRecords();
  const stack = await startTestStack({
    settings: snapshot.settings,
    countsSchools: false,
    // the migration of the snapshot is the only one
    dispatches: false,
    overrides: { waits: SHORT_WAITS },
    wrapHandler: records.wrapHandler,
    stateMachines: MACHINES.map((name) => {
      const definition = readDefinition(version, name);
      const starting =
        name === snapshot.machine ? startAtState(definition, snapshot.state, snapshot.input) : definition;
      return { name, definition: withArns(starting) };
    }),
  });
  try {
    await createTierTables(stack);
    const control: string[] = Object.values(controlTables(stack.ports.settings));
    // written while no record names the tenant, so that these changes are not captured
    const data = Object.keys(snapshot.tables).filter((table) => !control.includes(table));
    for (const table of data) await restoreTable(stack, { table, items: itemsIn(snapshot, table) });
    const written = data.reduce((sum, table) => sum + itemsIn(snapshot, table).length, 0);
    await until('the streams to deliver the items', () => records.delivered() >= written);
    for (const table of control) await restoreTable(stack, { table, items: itemsIn(snapshot, table) });
    return stack;
  } catch (error) {
    await stack.stop();
    throw error;
  }
};

/** Continues the migration of a snapshot until it ends. Returns its status, and its failure if it has one. */
const resume = async (
  { ports }: Stack,
  { machine, input: { migrationId, attempt } }: MigrationSnapshot,
): Promise<unknown> => {
  if (machine === 'rollback') await ports.workflow.startRollback(migrationId, attempt);
  else await ports.workflow.start(migrationId, attempt);
  const migration = await ports.migrations.get(migrationId);
  if (migration?.cutoverHeld)
    await releaseCutover(ports, migrationId, { by: 'operator', reason: 'after the upgrade' });
  const { status, failure } = await ended(ports, migrationId);
  return failure ? { status, failure } : { status };
};

/** Returns what to do if a version's migration does not end. */
const adviceFor = (version: string): string => `
A migration that ${version} began does not end as it should under this version. Either read what ${version} wrote: a new field of a
record is optional, and the function of a removed state stays. Or tell operators, before test/upgrade/${version} is deleted:
- CHANGELOG.md, **Action**: no migration may be open during this upgrade, including one in its hold.
- docs/upgrading.md, "Before": wait until \`tierferry status\` shows no open migration of ${version}.
`;

/** Runs work that must succeed for an upgrade to be safe. */
const orAdvise = async <T>(version: string, work: () => Promise<T>): Promise<T> => {
  try {
    return await work();
  } catch (error) {
    const found = error instanceof Error ? error.message : String(error);
    throw new Error(`${adviceFor(version)}\n${found}`, { cause: error });
  }
};

const SOURCE = tableName('saas-tenant-data-basic');
const TARGET = tableName('saas-tenant-data-advanced');

const CASES = [
  { name: 'catching-up', live: SOURCE, status: 'completed', endsIn: TARGET },
  { name: 'holding', live: TARGET, status: 'completed', endsIn: TARGET },
  { name: 'rolling-back', live: TARGET, status: 'rolledBack', endsIn: SOURCE },
] as const;

describe.each(snapshotVersions())('begun by version %s, under this version', (version) => {
  test.each(CASES)('a migration that is $name ends $status', async ({ name, live, status, endsIn }) => {
    await orAdvise(version, async () => {
      const snapshot = readMigration(version, name);
      const stack = await startSnapshotStack(version, snapshot);
      try {
        const { ports } = stack;
        expect(await resume(stack, snapshot)).toEqual({ status });
        expect(await itemsOf(ports, snapshot.tenantId, endsIn)).toEqual(itemsIn(snapshot, live));
        const other = endsIn === SOURCE ? TARGET : SOURCE;
        expect(await itemsOf(ports, snapshot.tenantId, other)).toEqual([]);
        expect(await ports.routes.get(snapshot.tenantId)).toMatchObject({ table: endsIn, writes: 'open' });
        expect(await ports.migrations.report(snapshot.input.migrationId)).toMatchObject({ outcome: status });
      } finally {
        await stack.stop();
      }
    });
  });
});
