import { advance } from './advance.ts';
import { isFlipped } from './life-cycle.ts';
import type { Migration } from './migration.ts';
import { segmentNumbers } from './plan/count-partition.ts';
import type { Ports } from './ports.ts';

export type Position = 'start' | 'flipped' | 'rollingBack';

/** What the state machine needs to know to begin or to resume; the segments go through its state as numbers only. */
export interface Opened {
  readonly [field: string]: boolean | string | number[];
  readonly position: Position;
  readonly dryRun: boolean;
  readonly counted: boolean;
  readonly segments: number[];
}

/** Where an earlier attempt got to. The status says whether it has flipped: both change in one transaction. */
export const openMigration = async (ports: Ports, migration: Migration): Promise<Opened> => {
  const position = positionOf(migration);
  if (migration.status === 'queued') {
    await advance(ports, migration, 'planning', migration.reason);
    await ports.migrations.stage(migration.migrationId, 'provision', { startedAt: ports.clock.now() });
  }
  return { position, dryRun: migration.dryRun, ...(await segmentNumbers(ports, migration.migrationId)) };
};

const positionOf = ({ status, dryRun }: Migration): Position => {
  if (status === 'rollingBack') return 'rollingBack';
  return isFlipped(status) && !dryRun ? 'flipped' : 'start';
};
