import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createPorts } from '../../functions/aws/ports.ts';
import type { Item } from '../../functions/migration/items/items.ts';
import type { Migration } from '../../functions/migration/migration.ts';
import type { TableName } from '../../functions/migration/names.ts';
import type { Ports } from '../../functions/migration/ports.ts';
import {
  type MigrationRequest,
  requestMigration,
} from '../../functions/migration/requests/request-migration.ts';
import { type Engine, startEngine } from '../../scripts/local/engine.ts';
import { type Stack, startStack } from '../../scripts/local/stack.ts';
import { createTierTables } from '../../scripts/local/tier-tables.ts';
import { SHORT_WAITS } from '../support/short-waits.ts';
import { addTenant, ended, itemsOf, putAll } from '../support/tenants.ts';
import { testDatabase } from '../support/test-database.ts';
import { WrittenUnits } from './written-units.ts';

/**
 * Tenants of realistic size on a strict stack. Delays of the control plane are a tenth of AWS's; throughput and the
 * lateness of capture are not scaled. 20,000 items of 8 units take 6 minutes at 1,000 units a second, and so do 6,000
 * of 22. So fewer are moved unless `STRICT_LARGE_ITEMS=20000` requests all of them. `STRICT_ITEMS` is the number of
 * small items that move within a limit.
 */
const SCALE = 10;
const LIMITED_ITEMS = Number(process.env.STRICT_ITEMS ?? 20_000);
const LIMIT = 500;
const CAPTURE_LATE_MS = 2_000;
const LARGE_ITEMS = Number(process.env.STRICT_LARGE_ITEMS ?? 1_500);
const LARGER_ITEMS = Math.ceil(LARGE_ITEMS * 0.3);
/** Only a hang takes this long, in ms. */
const HANG_MS = 1_800_000;

const written = new WrittenUnits();
let engine: Engine | undefined;
let stack: Stack;
/** Ports that bypass the strict layer: what a test puts and reads takes none of the migration's capacity. */
let direct: Ports;
beforeAll(async () => {
  const { dynamodbEndpoint, accessKeyId } = testDatabase();
  engine = dynamodbEndpoint === undefined ? await startEngine() : undefined;
  const endpoint = engine?.endpoint ?? dynamodbEndpoint ?? '';
  stack = await startStack({
    dynamodbEndpoint: endpoint,
    accessKeyId,
    countsSchools: false,
    // slices as long as on AWS: a short one would often end before its share of a limit
    settings: { holdMs: 0, sliceMs: 60_000 },
    overrides: { waits: SHORT_WAITS },
    strict: {
      scale: SCALE,
      // a partition that has split would allow more than 1,000 units
      dynamodb: { heatSplitMs: SCALE * 3_600_000 },
      // the test itself requests the execution right after its start
      stepFunctions: { describeLagMs: 0 },
    },
    wrapHandler: (name, run) => async (ports, event, context) => {
      if (name === 'CaptureChanges') await sleep(CAPTURE_LATE_MS);
      return run(written.counting(ports), event, context);
    },
  });
  await createTierTables(stack);
  direct = createPorts(stack.ports.settings, { dynamodb: { ...stack.client, endpoint } });
});
afterAll(async () => {
  await stack?.stop();
  await engine?.stop();
});

/** Items that take this many write units each, and are in no index. */
const itemsOfUnits = (tenantId: string, count: number, units: number): Item[] =>
  Array.from({ length: count }, (_, n) => ({
    tenantId: { S: tenantId },
    entityKey: { S: `STUDENT#${String(n).padStart(6, '0')}` },
    entityType: { S: 'STUDENT' },
    note: { S: 'x'.repeat(units * 1_024 - 200) },
  }));

/** Moves a new tenant with these items into a dedicated table, and checks that it has completed on its own. */
const moveOut = async (
  id: string,
  count: number,
  units: number,
  request: Partial<MigrationRequest> = {},
): Promise<{ migration: Migration; source: TableName; target: TableName }> => {
  const items = itemsOfUnits(id, count, units);
  const { tenantId, table: source } = await addTenant(stack.ports, { tenantId: id, items: 0, schools: 0 });
  await putAll(direct, tenantId, source, items);
  const { migrationId } = await requestMigration(stack.ports, {
    tenantId,
    toTier: 'enterprise',
    requestedBy: 'test',
    reason: 'test',
    ...request,
  });
  const migration = await ended(stack.ports, migrationId, HANG_MS);
  const target = `saas-tenant-data-enterprise-${id}` as TableName;
  expect(migration).toMatchObject({ status: 'completed', attempt: 1, target: { table: target } });
  expect(migration.failure).toBeUndefined();
  expect(await itemsOf(direct, tenantId, target)).toEqual(items);
  expect(await itemsOf(direct, tenantId, source)).toEqual([]);
  return { migration, source, target };
};

test(
  `${LIMITED_ITEMS} items move within ${LIMIT} write units a second, clean-up included, while capture is late`,
  async () => {
    const { source, target } = await moveOut('limited', LIMITED_ITEMS, 1, { writeUnitsPerSecond: LIMIT });
    const lines = written.overTime([target, source], LIMIT);
    process.stdout.write(`units written in each 10 s, limit ${LIMIT} a second:\n${lines.join('\n')}\n`);
    const [allowed, oneItem] = [LIMIT * 10 * 1.05, 1];
    expect(written.most(target)).toBeLessThanOrEqual(allowed + oneItem);
    expect(written.most(source)).toBeLessThanOrEqual(allowed + oneItem);
  },
  HANG_MS,
);

test(
  `${LARGE_ITEMS} items of 8 units move at 1,000 units a second, clean-up included`,
  async () => {
    await moveOut('large', LARGE_ITEMS, 8);
  },
  HANG_MS,
);

test(
  `${LARGER_ITEMS} items of 22 units move at 1,000 units a second, clean-up included`,
  async () => {
    await moveOut('larger', LARGER_ITEMS, 22);
  },
  HANG_MS,
);
