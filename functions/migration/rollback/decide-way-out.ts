import { isClosed, isFlipped } from '../life-cycle.ts';
import type { Migration } from '../migration.ts';
import { segmentNumbers } from '../plan/count-partition.ts';
import type { Ports } from '../ports.ts';
import { reasonLine } from '../reason.ts';
import { fencesUntil, overdueAt } from '../routing/fence-times.ts';
import { isOnTarget } from '../routing/is-on-target.ts';

/** Which way the state machine goes, with the segments that it may have to compare. */
export type WayOut = {
  /** `compare`: the tenant is back on the source, and what was left is not compared yet. */
  readonly way: 'back' | 'compare' | 'reverse' | 'forward' | 'closed';
  readonly segments: number[];
};

/**
 * Back, unless the tenant already lives on the target: then there is only forward, or `reverse` where a rollback was asked
 * for. The status `rollingBack` closes the door to every writer of the target, since a claim is given only to a migration
 * that is copying or applying, and to every flip, which is made in one transaction with the status.
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
  // a step that died under its fence: the rollback reopens writes next
  const fences = fencesUntil(migration, overdueAt(migration, ports.settings.maxFenceMs, at));
  const change = fences ? { fences, fencedAt: undefined } : {};
  await ports.migrations.transition(migration, 'rollingBack', { who, why, at }, change);
  return 'back';
};
