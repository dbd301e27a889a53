import type { MigrationId } from '../../../migration/names.ts';
import type { Plan } from '../../../migration/plan/plan.ts';
import type { Ports } from '../../../migration/ports.ts';
import type { Segment } from '../../../migration/segment.ts';
import { overridden } from './overridden.ts';

/** Time for which segments that were read serve all readers, for each of them, in ms: 1,000 segments serve for 10 s. */
const MS_PER_SEGMENT = 10;
/** Number of migrations whose segments and plans are kept. */
const MAX_KEPT = 32;

interface CachedStatus {
  readonly readAt: number;
  readonly segments: Promise<readonly Segment[]>;
}

/**
 * The ports for requests that pages repeat. A migration may have thousands of segments, and each page asks every two seconds. So
 * segments are read once for all readers, and again only after a time that grows with their number. Polling a migration then
 * costs about the same for any size. Its record is read each time. A plan is large and never changes, so it is read once.
 */
export const pollingPorts = (ports: Ports): Ports => {
  const kept = new Map<MigrationId, CachedStatus>();
  const read = async (migrationId: MigrationId): Promise<readonly Segment[]> => {
    const all: Segment[] = [];
    for await (const segment of ports.segments.list(migrationId)) all.push(segment);
    return all;
  };
  const segmentsOf = async (migrationId: MigrationId): Promise<readonly Segment[]> => {
    const before = kept.get(migrationId);
    const now = ports.clock.monotonic();
    if (before) {
      const segments = await before.segments;
      if (now - before.readAt < segments.length * MS_PER_SEGMENT) return segments;
    }
    // another reader may have begun while this one waited
    const meanwhile = kept.get(migrationId);
    if (meanwhile && meanwhile !== before) return meanwhile.segments;
    const segments = read(migrationId);
    keep(kept, migrationId, { readAt: now, segments });
    segments.catch(() => kept.delete(migrationId));
    return segments;
  };
  const plans = new Map<MigrationId, Promise<Plan | undefined>>();
  const planOf = async (migrationId: MigrationId): Promise<Plan | undefined> => {
    const plan = plans.get(migrationId) ?? ports.migrations.plan(migrationId);
    keep(plans, migrationId, plan);
    const forget = () => plans.delete(migrationId);
    plan.then((found) => found ?? forget(), forget);
    return plan;
  };
  return {
    ...ports,
    segments: overridden(ports.segments, {
      async *list(migrationId) {
        yield* await segmentsOf(migrationId);
      },
    }),
    migrations: overridden(ports.migrations, { plan: planOf }),
  };
};

/** Puts a value for a migration, and drops the oldest ones. */
const keep = <T>(kept: Map<MigrationId, T>, migrationId: MigrationId, value: T): void => {
  kept.delete(migrationId);
  kept.set(migrationId, value);
  for (const oldest of kept.keys()) if (kept.size > MAX_KEPT) kept.delete(oldest);
};
