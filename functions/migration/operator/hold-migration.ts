import { formatDuration } from '../format-duration.ts';
import { MAX_HOLD_MS } from '../limits.ts';
import type { Migration } from '../migration.ts';
import type { EpochMs } from '../names.ts';
import type { Ports } from '../ports.ts';
import { findMigration } from '../record/find-migration.ts';
import { assertAllowed, endHoldRefusal, holdRefusal } from '../record/refusals.ts';
import { retryOnConflict } from '../record/retry-on-conflict.ts';
import { parseHold } from '../settings/hold.ts';
import type { AuditNote } from './audit-note.ts';

/** New length of the hold, in ms after the flip, or `endNow`. */
export type NewHold = { readonly holdMs: number } | 'endNow';

/**
 * Changes the hold, which counts from the flip. If the new hold has passed already, it ends at the workflow's next poll. The
 * kept source is still compared before it is deleted.
 * @throws InvalidRequest if the hold is too long
 * @throws NotSafe if the kept source is being deleted or the migration has ended, or there is no hold to end
 */
export const holdMigration = (
  ports: Ports,
  id: string,
  hold: NewHold,
  note: AuditNote,
): Promise<Migration> => {
  const wanted = hold === 'endNow' ? undefined : parseHold(hold.holdMs);
  return retryOnConflict(async () => {
    const migration = await findMigration(ports, id);
    const { status, flippedAt } = migration;
    assertAllowed(wanted === undefined ? endHoldRefusal(migration) : holdRefusal(migration), migration);
    const at = ports.clock.now();
    const holdMs = wanted ?? Math.min(Math.max(0, at - (flippedAt ?? at)), MAX_HOLD_MS);
    const what = wanted === undefined ? 'hold ended' : `hold set to ${formatDuration(holdMs)} after the flip`;
    return ports.migrations.transition(
      migration,
      status,
      { who: note.by, reason: `${what}: ${note.reason}`, at },
      { holdMs },
      undefined,
      [],
      ['holdMs'],
    );
  });
};

/** True if the new hold is shorter than the present one. */
export const isShorter = (before: Migration, hold: NewHold): boolean =>
  hold === 'endNow' || hold.holdMs < before.holdMs;

/** Returns the time at which the hold ends; undefined before the flip. */
export const holdEndsAt = ({ flippedAt, holdMs }: Migration): EpochMs | undefined =>
  flippedAt === undefined ? undefined : ((flippedAt + holdMs) as EpochMs);
