import { isClosed } from '../life-cycle.ts';
import type { Migration } from '../migration.ts';
import type { Ports } from '../ports.ts';
import { hasFlipped } from '../routing/has-flipped.ts';

/**
 * Back, unless the tenant already lives on the target: then there is only forward. The status `rollingBack` closes the
 * door to every writer of the target, since a claim is given only to a migration that is copying or verifying.
 */
export const decideWayOut = async (
  ports: Ports,
  migration: Migration,
): Promise<{ way: 'back' | 'forward' | 'closed' }> => {
  if (isClosed(migration.status)) return { way: 'closed' };
  if (await hasFlipped(ports, migration)) return { way: 'forward' };
  if (migration.status !== 'rollingBack') {
    const why = migration.cancellation ? `cancelled: ${migration.cancellation.why}` : 'a step failed';
    const who = migration.cancellation?.by ?? `workflow, attempt ${migration.attempt}`;
    await ports.migrations.transition(migration, 'rollingBack', { who, why, at: ports.clock.now() });
  }
  return { way: 'back' };
};
