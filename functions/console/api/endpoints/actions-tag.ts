import { isClosed, isFlipped } from '../../../migration/life-cycle.ts';
import type { Migration } from '../../../migration/migration.ts';
import { etagOf } from '../http/etag.ts';

/**
 * Returns the tag of what operators have asked of a migration, and of the sides of a flip that it is on. The work of the
 * migration itself does not change it: an operator who looks at a running migration must not be refused for its progress.
 */
export const actionsTag = (migration: Migration): string => {
  const { migrationId, attempt, status, paused, cutoverHeld, controlledAt, holdMs } = migration;
  const { cancellation, writeUnitsPerSecond, readUnitsPerSecond, flippedAt, reverseFlippedAt } = migration;
  return etagOf([
    ...[migrationId, attempt, paused, cutoverHeld, controlledAt ?? null, holdMs],
    ...[cancellation ?? null, writeUnitsPerSecond ?? null, readUnitsPerSecond ?? null],
    ...[flippedAt ?? null, reverseFlippedAt ?? null],
    ...[isClosed(status), isFlipped(status), status === 'cleaningUp', status === 'rollingBack'],
  ]);
};
