import { MigrationNotFound } from './errors.ts';
import type { Migration } from './migration.ts';
import type { MigrationId } from './names.ts';
import type { Plan } from './plan/plan.ts';
import type { Ports } from './ports.ts';
import type { Segment } from './segment.ts';

/** How far a pass has come. */
export interface Passes {
  readonly total: number;
  readonly surveyed: number;
  readonly copied: number;
  /** Compared while the tenant was written, before the cutover. */
  readonly compared: number;
  readonly verified: number;
  readonly cleaned: number;
}

export interface Progress {
  readonly migration: Migration;
  /** True if the migration has not ended and nothing works on it; absent if that is not known. */
  readonly isStopped?: boolean;
  readonly plan?: Plan;
  readonly segments: Passes;
  /**
   * Items, from the counting pass, so that no pass exceeds the total; `copied` follows the copy page by page, the other passes
   * segment by segment.
   */
  readonly items: Passes;
  /** Items that were put into the target by the copy: more or fewer than were counted if the application writes meanwhile. */
  readonly itemsCopied: number;
}

/** Passes of which a segment's record says only that they are over. */
const isOver = {
  surveyed: ({ survey }: Segment) => survey !== undefined,
  compared: ({ compared }: Segment) => compared !== undefined,
  verified: ({ verified }: Segment) => verified !== undefined,
  cleaned: ({ cleanUpDone }: Segment) => cleanUpDone,
};
const WHOLE = ['surveyed', 'compared', 'verified', 'cleaned'] as const;
const nothing = { total: 0, surveyed: 0, copied: 0, compared: 0, verified: 0, cleaned: 0 };

/** Where a migration stands now. @throws MigrationNotFound */
export const readProgress = async (ports: Ports, migrationId: MigrationId): Promise<Progress> => {
  const migration = await ports.migrations.get(migrationId);
  if (!migration)
    throw new MigrationNotFound(`there is no migration '${migrationId}'; see 'tierferry status'`);
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
  return { migration, ...(plan ? { plan } : {}), segments, items, itemsCopied };
};
