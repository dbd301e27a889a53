import { isClosed, isFlipped } from '../life-cycle.ts';
import type { Migration } from '../migration.ts';
import { segmentNumbers } from '../plan/count-partition.ts';
import type { Ports } from '../ports.ts';
import { reasonLine } from '../reason.ts';
import { fencesUntil, overdueAt } from '../routing/fence-times.ts';
import { isOnTarget } from '../routing/is-on-target.ts';

/** Tells the rollback's state machine how to proceed, with the segments that it may have to compare. */
export type WayOut = {
  /**
   * `back`: undo; the tenant lives on the source. `compare`: the tenant lives on the source again, and the target has not been
   * compared yet. `reverse`: flip to the source first. `forward`: no rollback was requested since the flip. `closed`: the
   * migration has ended.
   */
  readonly way: 'back' | 'compare' | 'reverse' | 'forward' | 'closed';
  readonly segments: number[];
};

/**
 * Begins a rollback if the tenant has not flipped. After the flip it only continues a rollback that was requested. The status
 * `rollingBack` stops every writer of the target, since only a migration that copies or applies can take claims. It also stops
 * every flip, since a flip and its status change are one transaction.
 */
export const decideWayOut = async (ports: Ports, migration: Migration): Promise<WayOut> => {
  const { segments } = await segmentNumbers(ports, migration.migrationId);
  return { way: await decide(ports, migration), segments };
};

const decide = async (ports: Ports, migration: Migration): Promise<WayOut['way']> => {
  const { status, flippedBackAt, comparedBackAt } = migration;
  if (isClosed(status)) return 'closed';
  if (isFlipped(status)) return 'forward';
  if (status === 'rollingBack') {
    if (await isOnTarget(ports, migration)) return 'reverse';
    return flippedBackAt !== undefined && comparedBackAt === undefined ? 'compare' : 'back';
  }
  const { cancellation, stepFailure, attempt } = migration;
  const failed = stepFailure?.attempt === attempt ? `: ${reasonLine(stepFailure)}` : '';
  const why = cancellation ? `cancelled: ${cancellation.why}` : `a step failed${failed}`;
  const who = cancellation?.by ?? `workflow, attempt ${attempt}`;
  const at = ports.clock.now();
  // the step may have died under its fence: the rollback reopens writes next
  const fences = fencesUntil(migration, overdueAt(migration, ports.settings.maxFenceMs, at));
  const change = fences ? { fences, fencedAt: undefined } : {};
  await ports.migrations.transition(migration, 'rollingBack', { who, why, at }, change);
  return 'back';
};
