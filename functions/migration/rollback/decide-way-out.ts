import { isClosed, isFlipped } from '../life-cycle.ts';
import type { Migration } from '../migration.ts';
import type { Ports } from '../ports.ts';
import { isOnTarget } from '../routing/is-on-target.ts';

/**
 * Back, unless the tenant already lives on the target: then there is only forward, or `reverse` where a rollback was asked
 * for. The status `rollingBack` closes the door to every writer of the target, since a claim is given only to a migration
 * that is copying or applying, and to every flip, which is made in one transaction with the status.
 */
export const decideWayOut = async (
  ports: Ports,
  migration: Migration,
): Promise<{ way: 'back' | 'reverse' | 'forward' | 'closed' }> => {
  if (isClosed(migration.status)) return { way: 'closed' };
  if (isFlipped(migration.status)) return { way: 'forward' };
  if (migration.status === 'rollingBack') {
    return { way: (await isOnTarget(ports, migration)) ? 'reverse' : 'back' };
  }
  const why = migration.cancellation ? `cancelled: ${migration.cancellation.why}` : 'a step failed';
  const who = migration.cancellation?.by ?? `workflow, attempt ${migration.attempt}`;
  await ports.migrations.transition(migration, 'rollingBack', { who, why, at: ports.clock.now() });
  return { way: 'back' };
};
