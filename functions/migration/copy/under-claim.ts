import { type Claimed, underClaim } from '../claimed-work.ts';
import { hearOperator } from '../controls.ts';
import { SegmentClaimed } from '../errors.ts';
import type { Migration } from '../migration.ts';
import type { SegmentNumber, TableName } from '../names.ts';
import type { Ports } from '../ports.ts';

/** Segments that are copied side by side: the MaxConcurrency of the state machine's Map. */
const SIDE_BY_SIDE = 8;

/**
 * Runs work that writes a segment of the target.
 * @throws SegmentClaimed where another worker has the segment, or the work came to the claim's end.
 * @throws Conflict where the migration has moved on.
 */
export const underSegmentClaim = <T>(
  ports: Ports,
  migration: Migration,
  number: SegmentNumber,
  table: TableName,
  work: (claimed: Claimed) => Promise<T>,
): Promise<T> =>
  underClaim(
    ports,
    {
      tenantId: migration.tenantId,
      table,
      migrationId: migration.migrationId,
      current: async () => (await ports.segments.get(migration.migrationId, number)).claim,
      take: (claim, ranOut) => ports.segments.claim(migration, number, claim, ports.clock.now(), ranOut),
      release: (worker) => ports.segments.release(migration.migrationId, number, worker),
      limit: async () => segmentLimit(await hearOperator(ports, migration)),
      over: () =>
        new SegmentClaimed(`segment ${number}: the work came to its claim's end; it is tried again`),
    },
    work,
  );

/** A segment's part of the operator's limit, in write units a second. */
export const segmentLimit = ({ writeUnitsPerSecond }: Migration): number | undefined =>
  writeUnitsPerSecond === undefined ? undefined : writeUnitsPerSecond / SIDE_BY_SIDE;
