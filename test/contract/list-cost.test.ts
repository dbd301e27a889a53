import { afterAll, beforeAll, expect, test } from 'vitest';
import * as z from 'zod';
import { dynamoClient } from '../../functions/aws/client.ts';
import { createControlTables } from '../../functions/aws/control-tables.ts';
import { createLog } from '../../functions/aws/log.ts';
import { createPorts } from '../../functions/aws/ports.ts';
import { createConsole } from '../../functions/console/api/create-console.ts';
import { STATUSES } from '../../functions/migration/life-cycle.ts';
import { type Migration, STAGES } from '../../functions/migration/migration.ts';
import { epochMs, type MigrationId, type TierName, writeUnits } from '../../functions/migration/names.ts';
import { parseSettings } from '../../functions/migration/settings/settings.ts';
import { MeteringHandler } from '../../scripts/bench/console/metering-handler.ts';
import { startTestEngine } from '../support/dynamodb-local.ts';
import { FakeWorkflow } from '../support/fake-workflow.ts';
import { aMigration, aRoute, aTable, aTenant } from '../support/records.ts';

/** Read units that a page of 50 rows may cost. */
const MAX_UNITS = 25;
const TENANTS = 120;
const at = epochMs(Date.UTC(2026, 0, 1));

const Rows = z.array(z.unknown()).optional();
const Page = z.looseObject({ tenants: Rows, migrations: Rows, tables: Rows });

/** A record as large as that of a migration that has experienced everything. */
const eventful = (n: number, given: Partial<Migration>): Partial<Migration> => {
  const failure = { error: 'VerificationMismatch', cause: 'the sides differ; '.repeat(12), at };
  const proof = { stream: '2026-01-01T00:00:00.000', reader: 'x'.repeat(36), provedAt: at, tookMs: 400 };
  const phases = { leasesOut: 1_640, sentinels: 1_905, drained: 2_112, compared: 2_214 };
  return {
    migrationId: `mig-20260101${String(n).padStart(6, '0')}-0123abcd` as MigrationId,
    stages: Object.fromEntries(STAGES.map((stage) => [stage, { startedAt: at, endedAt: at }])),
    failure,
    stepFailure: { ...failure, attempt: 2 },
    cutoverFailure: { ...failure, keysPastLeases: 3 },
    convergence: { since: at, backlog: 9, journalledPerSecond: 1, appliedPerSecond: 1, notConverging: true },
    comparison: { round: 2, ended: 1, direction: 'forward', begunAt: at, reason: 'gap' },
    proofs: { source: proof, target: proof },
    gap: { at, reason: 'the stream was replaced' },
    fences: { totalMs: 9, forwardMs: 9, reverseMs: 9, forwardPhases: phases, reversePhases: phases },
    fencedAt: at,
    controlledAt: at,
    applyWriteUnits: writeUnits(9),
    reason: 'asked for by the district '.repeat(8),
    ...given,
  };
};

let stop = async () => {};
let page: (path: string) => Promise<{ rows: readonly unknown[]; units: number }>;
const meter = new MeteringHandler();

beforeAll(async () => {
  const engine = await startTestEngine();
  stop = engine.stop;
  const settings = parseSettings({});
  const client = dynamoClient(engine.config);
  await createControlTables(client, settings);
  client.destroy();
  const dynamodb = { ...engine.config, requestHandler: meter };
  const ports = {
    ...createPorts(settings, { dynamodb, log: createLog('silent') }),
    workflow: new FakeWorkflow(),
  };
  for (const tier of ['basic', 'advanced', 'premium'] as TierName[])
    await ports.registry.addTable(aTable({ table: tier as never, tier, freeSlots: TENANTS }));
  for (let n = 0; n < TENANTS; n += 1) {
    const tier = (['basic', 'advanced', 'premium'] as TierName[])[n % 3] as TierName;
    const tenant = aTenant({ tier, table: tier as never, name: `District ${n}`, schoolCount: n % 10 });
    const { tenantId, table } = tenant;
    await ports.registry.addTenant(tenant, aRoute({ tenantId, table }));
    const status = STATUSES[n % STATUSES.length] ?? 'queued';
    await ports.migrations.create(aMigration(eventful(n, { tenantId, status })));
    // many with one status, as ended ones have
    const ended = eventful(n + TENANTS, {
      tenantId,
      status: n % 2 === 0 ? 'completed' : 'copying',
      dryRun: n % 2 === 0,
    });
    await ports.migrations.create(aMigration(ended), await ports.migrations.latest(tenantId));
  }
  const verify = async () => ({ name: 'ana', role: 'viewer', verified: true }) as const;
  const app = createConsole({ ports, verify, isOnLoopback: false });
  page = async (path) => {
    meter.units = 0;
    meter.reads.length = 0;
    const answer = Page.parse(await (await app.request(`http://console/api${path}`)).json());
    return { rows: answer.tenants ?? answer.migrations ?? answer.tables ?? [], units: meter.units };
  };
});
afterAll(() => stop());

test.each([
  ['/tenants', 50],
  ['/tenants?sort=share', 50],
  ['/tenants?sort=name&tier=basic', 40],
  ['/tenants?near=50', 1],
  ['/tenants?table=basic&sort=share&limit=4', 4],
  ['/tenants?search=district%201', 1],
  ['/tenants?status=copying', 15],
  ['/tables', 3],
  ['/migrations', 20],
  ['/migrations?status=completed', 50],
])('a page of %s costs at most 25 read units on the engine, and no scan', async (path, least) => {
  const { rows, units } = await page(path);
  expect(rows.length).toBeGreaterThanOrEqual(least);
  expect(meter.reads).not.toContain('Scan');
  expect(units).toBeGreaterThan(0);
  expect(units, path).toBeLessThanOrEqual(MAX_UNITS);
});

test('the meter works: a list that is read as a whole costs more', async () => {
  meter.units = 0;
  const { units } = await page('/queue');
  expect(units).toBeGreaterThan(MAX_UNITS);
});
