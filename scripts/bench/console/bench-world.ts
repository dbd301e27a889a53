import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { dynamoClient } from '../../../functions/aws/client.ts';
import { systemClock } from '../../../functions/aws/clock.ts';
import { eventRecord } from '../../../functions/aws/event-record.ts';
import { Records } from '../../../functions/aws/records.ts';
import type { Migration } from '../../../functions/migration/migration.ts';
import { epochMs, type MigrationId } from '../../../functions/migration/names.ts';
import { registerTenant } from '../../../functions/migration/operator/register-tenant.ts';
import { BatchWriter } from '../../../functions/migration/partition/batch-writer.ts';
import { reasonLine } from '../../../functions/migration/reason.ts';
import { requestMigration } from '../../../functions/migration/requests/request-migration.ts';
import { controlTables } from '../../../functions/migration/settings/settings.ts';
import { districtItems } from '../../demo/school-data.ts';
import type { EngineName } from '../../local/engines/program.ts';
import { type Stack, startStack } from '../../local/stack.ts';
import { createTierTables } from '../../local/tier-tables.ts';
import { addManyTenants, manyTenantId } from './many-tenants.ts';
import { report } from './output.ts';

const TO_TIER = 'advanced';
const POLL_MS = 100;
const PAGE_ITEMS = 5;
const ONE_PAGE_SEGMENTS = 1_000;
const SMALL_ITEMS = 60;
const EVENTS_AGO_MS = 60 * 60_000;
/** Migrations that wait in the queue, for the list of tenants by status. */
const QUEUED = 30;

export interface WorldSize {
  readonly tenants: number;
  readonly segments: number;
  readonly events: number;
  readonly engine: EngineName;
}

/** The embedded stack with many tenants, and two migrations that run and wait before their held cutovers. */
export interface BenchWorld {
  readonly stack: Stack;
  /** Migration of a few segments. */
  readonly small: MigrationId;
  /** Migration of as many segments and events as requested. */
  readonly large: MigrationId;
  stop(): Promise<void>;
}

export const startBenchWorld = async (size: WorldSize): Promise<BenchWorld> => {
  report(`starting the embedded stack (${size.engine})`);
  const stack = await startStack({
    engine: size.engine,
    countsSchools: false,
    settings: {
      pageItems: PAGE_ITEMS,
      // the first so many segments have one page each
      segmentsPerStep: ONE_PAGE_SEGMENTS,
      holdMs: 3_600_000,
      // the others wait in the queue
      admission: { total: 2 },
    },
  });
  try {
    await createTierTables(stack);
    report(`adding ${size.tenants} tenants`);
    await addManyTenants(stack, size.tenants);
    report(`copying a tenant of ${size.segments} segments, and a small one`);
    const large = await heldMigration(
      stack,
      'large-district',
      Math.max(SMALL_ITEMS, size.segments * PAGE_ITEMS),
    );
    const small = await heldMigration(stack, 'small-district', SMALL_ITEMS);
    for (let n = 0; n < QUEUED; n += 1) await request(stack, manyTenantId(n * 3));
    await addEvents(stack, large, size.events);
    return { stack, small: small.migrationId, large: large.migrationId, stop: () => stack.stop() };
  } catch (error) {
    await stack.stop();
    throw error;
  }
};

const request = (stack: Stack, tenantId: string, holdCutover = false): Promise<Migration> =>
  requestMigration(stack.ports, {
    ...{ tenantId, toTier: TO_TIER, holdCutover, requestedBy: 'bench', reason: 'the district has grown' },
  });

const heldMigration = async (stack: Stack, id: string, items: number): Promise<Migration> => {
  const { ports } = stack;
  const { tenantId, table } = await registerTenant(ports, {
    ...{ tenantId: id, name: id, tier: 'basic', schoolCount: 9, by: 'bench' },
  });
  const writer = new BatchWriter(ports, ports.partition(tenantId), table);
  for (const item of districtItems({ tenantId, schools: 9, items, seed: 1 })) await writer.put(item);
  await writer.flush();
  const { migrationId } = await request(stack, tenantId, true);
  for (let shown = ''; ; ) {
    const migration = await ports.migrations.get(migrationId);
    if (migration && migration.status !== shown) {
      shown = migration.status;
      report(`${id}: ${shown}`);
    }
    if (migration?.failure) throw new Error(`${migrationId}: ${reasonLine(migration.failure)}`);
    if (migration?.status === 'catchingUp' && migration.comparison?.ended !== undefined) return migration;
    await ports.clock.sleep(POLL_MS);
  }
};

/** Adds events to the audit trail, as a migration gets them that has been catching up for a long time. */
const addEvents = async ({ client, ports }: Stack, migration: Migration, wanted: number): Promise<void> => {
  const present = (await ports.migrations.events(migration.migrationId)).length;
  report(`adding ${wanted - present} events to ${present}`);
  const sdk = dynamoClient(client);
  const records = new Records(DynamoDBDocumentClient.from(sdk), systemClock, Math.random);
  const { status } = migration;
  const from = ports.clock.now() - EVENTS_AGO_MS;
  await records.writeMany(
    controlTables(ports.settings).migrations,
    Array.from({ length: Math.max(0, wanted - present) }, (_, n) => {
      const reason = `round ${n} left 8,400 keys`;
      const event = { who: 'workflow, attempt 1', from: status, to: status, reason, at: epochMs(from + n) };
      return { put: eventRecord(migration, event, String(n)) };
    }),
  );
  sdk.destroy();
};
