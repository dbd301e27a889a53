import { isFlipped } from '../life-cycle.ts';
import type { Migration } from '../migration.ts';
import type { Ports } from '../ports.ts';
import { segmentNumbers } from '../segments/segment-numbers.ts';
import { advance } from './advance.ts';

export type Position = 'start' | 'flipped' | 'rollingBack';

/** Input with which the state machine starts or resumes. Segments pass through its state as numbers only. */
export interface OpenResult {
  readonly [field: string]: boolean | string | number[];
  readonly position: Position;
  readonly dryRun: boolean;
  readonly counted: boolean;
  readonly segments: number[];
}

/**
 * Returns where an earlier attempt stopped. Status and route change in one transaction, so the status shows whether it
 * flipped.
 */
export const openMigration = async (ports: Ports, migration: Migration): Promise<OpenResult> => {
  const position = positionOf(migration);
  if (migration.status === 'queued') {
    await advance(ports, migration, 'planning', 'planning begins');
    await ports.migrations.noteStage(migration.migrationId, 'provision', { startedAt: ports.clock.now() });
  }
  return { position, dryRun: migration.dryRun, ...(await segmentNumbers(ports, migration.migrationId)) };
};

const positionOf = ({ status, dryRun }: Migration): Position => {
  if (status === 'rollingBack') return 'rollingBack';
  return isFlipped(status) && !dryRun ? 'flipped' : 'start';
};
