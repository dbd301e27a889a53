import { advance } from './advance.ts';
import type { Migration } from './migration.ts';
import { segmentNumbers } from './plan/count-partition.ts';
import type { Ports } from './ports.ts';
import { hasFlipped } from './routing/has-flipped.ts';

export type Position = 'start' | 'flipped' | 'rollingBack';

/** What the state machine needs to know to begin or to resume; the segments go through its state as numbers only. */
export interface Opened {
  readonly [field: string]: boolean | string | number[];
  readonly position: Position;
  readonly dryRun: boolean;
  readonly counted: boolean;
  readonly segments: number[];
}

/** Where an earlier attempt got to: the route is the truth about the flip, not the status, which is written after it. */
export const openMigration = async (ports: Ports, migration: Migration): Promise<Opened> => {
  const position = await positionOf(ports, migration);
  if (migration.status === 'queued') {
    await advance(ports, migration, 'planning', migration.reason);
    await ports.migrations.stage(migration.migrationId, 'provision', { startedAt: ports.clock.now() });
  }
  return { position, dryRun: migration.dryRun, ...(await segmentNumbers(ports, migration.migrationId)) };
};

const positionOf = async (ports: Ports, migration: Migration): Promise<Position> => {
  if (migration.status === 'rollingBack') return 'rollingBack';
  return (await hasFlipped(ports, migration)) ? 'flipped' : 'start';
};
