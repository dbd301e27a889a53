import type { Migration } from '../migration.ts';
import type { MigrationId } from '../names.ts';
import type { Plan } from '../plan/plan.ts';
import type { Ports } from '../ports.ts';
import { findMigration } from '../record/find-migration.ts';
import type { Segment } from '../segment.ts';

/** Progress by pass. */
export interface PassCounts {
  readonly total: number;
  readonly surveyed: number;
  readonly copied: number;
  /** Compared while the application writes, before the cutover. */
  readonly compared: number;
  readonly verified: number;
  readonly cleaned: number;
}

export interface Progress {
  readonly migration: Migration;
  /** True if the migration has not ended and has no running execution; absent if that is not known. */
  readonly isStopped?: boolean;
  readonly plan?: Plan;
  readonly segments: PassCounts;
  /**
   * Items by pass, from the counting pass, so that no pass exceeds the total. `copied` advances with the copy's pages,
   * the other passes segment by segment.
   */
  readonly items: PassCounts;
  /**
   * Items that the copy has put into the target. It differs from the count if the application writes in the meantime.
   */
  readonly itemsCopied: number;
}

/** Passes for which a segment's record only shows whether they have ended. */
const isOver = {
  surveyed: ({ survey }: Segment) => survey !== undefined,
  compared: ({ compared }: Segment) => compared !== undefined,
  verified: ({ verified }: Segment) => verified !== undefined,
  cleaned: ({ cleanUpDone }: Segment) => cleanUpDone,
};
const WHOLE = ['surveyed', 'compared', 'verified', 'cleaned'] as const;
const nothing = { total: 0, surveyed: 0, copied: 0, compared: 0, verified: 0, cleaned: 0 };

/** Returns the progress of a migration. @throws MigrationNotFound */
export const readProgress = async (ports: Ports, migrationId: MigrationId): Promise<Progress> => {
  const migration = await findMigration(ports, migrationId);
  const plan = await ports.migrations.plan(migrationId);
  const segments = { ...nothing };
  const items = { ...nothing };
  let itemsCopied = 0;
  for await (const segment of ports.segments.list(migrationId)) {
    segments.total += 1;
    items.total += segment.counted;
    itemsCopied += segment.copied.items;
    items.copied += segment.copyDone ? segment.counted : Math.min(segment.copied.items, segment.counted);
    segments.copied += segment.copyDone ? 1 : 0;
    for (const pass of WHOLE) {
      if (!isOver[pass](segment)) continue;
      segments[pass] += 1;
      items[pass] += segment.counted;
    }
  }
  return { migration, plan, segments, items, itemsCopied };
};
