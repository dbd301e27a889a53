import type { Migration, MigrationDetail } from '../../api/schema.ts';
import { isClosed } from '../../parts/migration-status.tsx';

/** True if the tenant has flipped. A migration that the doctor has put into its hold has no time of its flip. */
const hasFlipped = ({ status, flippedAt }: Pick<Migration, 'status' | 'flippedAt'>): boolean =>
  flippedAt !== undefined || status === 'holding' || status === 'cleaningUp' || status === 'completed';

/** True if a migration that is undone after its flip has still to flip back. */
export const willReverse = ({
  status,
  flippedAt,
  reverseFlippedAt,
}: Pick<Migration, 'status' | 'flippedAt' | 'reverseFlippedAt'>): boolean =>
  status === 'rollingBack' && flippedAt !== undefined && reverseFlippedAt === undefined;

/** True if a migration is still to flip to its target. */
export const willFlip = (migration: Pick<Migration, 'status' | 'flippedAt' | 'cancellation'>): boolean =>
  !hasFlipped(migration) &&
  !isClosed(migration.status) &&
  migration.status !== 'rollingBack' &&
  migration.cancellation === undefined;

/** Says what a cutover without measured times waits for, or why it has none. */
export const cutoverWords = ({
  migration,
  execution,
  rollback,
}: Pick<MigrationDetail, 'migration' | 'execution' | 'rollback'>): string => {
  const { status, paused, cutoverHeld } = migration;
  const isReverse = willReverse(migration);
  if (!isReverse && !willFlip(migration)) return withoutCutover(migration);
  if (execution === 'stopped') return 'It begins once the migration is retried.';
  if (isReverse && rollback?.step === 'fenced')
    return 'Writes are fenced now; the flip back follows within seconds.';
  if (status === 'cuttingOver') return 'Writes are fenced now; the flip follows within seconds.';
  if (paused) return 'It begins once the migration is resumed.';
  if (isReverse) return 'It begins by itself once the changes made since the flip are applied to the source.';
  if (cutoverHeld) return 'It is held until an operator releases it.';
  return 'It begins by itself once the copy is complete and little is left to apply.';
};

const withoutCutover = (migration: Migration): string => {
  if (hasFlipped(migration)) return 'The write gap was not measured.';
  return isClosed(migration.status)
    ? 'It ended before the flip: the tenant’s writes were never moved.'
    : 'It is undone before the flip: the tenant stays on the source.';
};
