import { eventFailureOf } from '../error-catalogue.ts';
import { isClosed, isFlipped } from '../life-cycle.ts';
import type { Migration } from '../migration.ts';
import type { Ports } from '../ports.ts';
import { reasonLine } from '../reason.ts';
import { addFenceTime, latestFenceEnd } from '../route/fence-times.ts';
import { isOnTarget } from '../route/is-on-target.ts';
import { segmentNumbers } from '../segments/segment-numbers.ts';

/** Path of the rollback's state machine, and the segments that it may have to compare. */
export type RollbackStart = {
  /**
   * `undo`: discard the copies; the tenant lives on the source. `compare`: the tenant lives on the source again, and the target has not been
   * compared yet. `reverse`: flip to the source first. `forward`: no rollback was requested since the flip. `closed`: the
   * migration has ended.
   */
  readonly path: 'undo' | 'compare' | 'reverse' | 'forward' | 'closed';
  readonly segments: number[];
};

/**
 * Begins a rollback if the tenant has not flipped. After the flip it only continues a rollback that was requested. The status
 * `rollingBack` stops every writer of the target, since only a migration that copies or applies can take claims. It also stops
 * every flip, since a flip and its status change are one transaction.
 */
export const decideRollback = async (ports: Ports, migration: Migration): Promise<RollbackStart> => {
  const { segments } = await segmentNumbers(ports, migration.migrationId);
  return { path: await decide(ports, migration), segments };
};

const decide = async (ports: Ports, migration: Migration): Promise<RollbackStart['path']> => {
  const { status, reverseFlippedAt, targetComparedAt } = migration;
  if (isClosed(status)) return 'closed';
  if (isFlipped(status)) return 'forward';
  if (status === 'rollingBack') {
    if (await isOnTarget(ports, migration)) return 'reverse';
    return reverseFlippedAt !== undefined && targetComparedAt === undefined ? 'compare' : 'undo';
  }
  const { cancellation, stepFailure, attempt } = migration;
  const failed = cancellation || stepFailure?.attempt !== attempt ? undefined : stepFailure;
  const failedText = `a step failed${failed ? `: ${reasonLine(failed)}` : ''}`;
  // the operator's reason is in the event of the request
  const reason = cancellation ? `cancelled by ${cancellation.by}` : failedText;
  const failure = failed && eventFailureOf(failed, migration);
  const at = ports.clock.now();
  // the step may have died under its fence: the rollback reopens writes next
  const change = addFenceTime(migration, latestFenceEnd(migration, ports.settings.maxFenceMs, at));
  await ports.migrations.transition(
    migration,
    'rollingBack',
    { who: `workflow, attempt ${attempt}`, reason, failure, at },
    change.fences ? { ...change, fencedAt: undefined } : change,
  );
  return 'undo';
};
