import pLimit from 'p-limit';
import { dynamoClient } from '../../functions/aws/client.ts';
import { createControlTables } from '../../functions/aws/control-tables.ts';
import { createPorts } from '../../functions/aws/ports.ts';
import { copySegment } from '../../functions/migration/copy/copy-segment.ts';
import type { Migration } from '../../functions/migration/migration.ts';
import {
  epochMs,
  type MigrationId,
  type RoutingEpoch,
  type SegmentNumber,
  type TenantId,
  type TierName,
  tableName,
} from '../../functions/migration/names.ts';
import { countPartition } from '../../functions/migration/plan/count-partition.ts';
import type { Ports } from '../../functions/migration/ports.ts';
import type { Segment } from '../../functions/migration/segment.ts';
import { spreadOrder } from '../../functions/migration/segments/segment-order.ts';
import type { Settings } from '../../functions/migration/settings/settings.ts';
import type { Endpoint } from './copy-dynamodb-table.ts';

/** MaxConcurrency of `CopySegments` in the state machine. */
const SEGMENTS_IN_FLIGHT = 8;

export interface Job {
  readonly ports: Ports;
  readonly migration: Migration;
  readonly segments: readonly Segment[];
}

/** Creates a migration that is about to copy, with real records and the segments of a counting pass. */
export const prepare = async (
  at: Endpoint,
  settings: Settings,
  { tenantId, source, target }: { tenantId: string; source: string; target: string },
): Promise<Job> => {
  const client = dynamoClient(at);
  await createControlTables(client, settings);
  client.destroy();
  const ports = createPorts(settings, { dynamodb: at, log: { info() {}, warn() {} } });
  const now = epochMs(Date.now());
  const migration: Migration = {
    migrationId: 'mig-bench' as MigrationId,
    tenantId: tenantId as TenantId,
    source: { tier: 'basic' as TierName, placement: 'shared', table: tableName(source) },
    target: { tier: 'advanced' as TierName, placement: 'shared', table: tableName(target) },
    status: 'copying',
    attempt: 1,
    dryRun: false,
    paused: false,
    cutoverHeld: false,
    cutovers: 0,
    requestedBy: 'bench',
    requestedAt: now,
    reason: 'bench',
    holdMs: 0,
    routeEpoch: 1 as RoutingEpoch,
    registryChange: 'none',
    locked: true,
    stages: {},
    updatedAt: now,
  };
  await ports.migrations.create(migration);
  await ports.migrations.chooseTarget(migration, { table: tableName(target), createsTable: false });
  await countPartition(ports, migration, { deadline: Number.POSITIVE_INFINITY });
  const segments: Segment[] = [];
  for await (const segment of ports.segments.list(migration.migrationId)) segments.push(segment);
  return { ports, migration, segments };
};

/** Copies every segment as the state machine does: by the real step, with the same concurrency. @returns items copied */
export const copyWithTierferry = async ({ ports, migration, segments }: Job): Promise<number> => {
  const limit = pLimit(SEGMENTS_IN_FLIGHT);
  await limit.map(spreadOrder(segments.length), async (number) => {
    for (;;) {
      const slice = { deadline: ports.clock.monotonic() + ports.settings.sliceMs };
      const { done } = await copySegment(ports, migration, number as SegmentNumber, slice);
      if (done) return;
    }
  });
  let items = 0;
  for await (const segment of ports.segments.list(migration.migrationId)) items += segment.copied.items;
  return items;
};
