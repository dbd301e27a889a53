import type { Migration } from '../migration.ts';

/**
 * Renders which operator had a migration undone, once it has ended: `cancelled by ana`, or `rolled back by ana` if it had
 * flipped. Undefined if no operator had.
 */
export const undoneBy = ({
  cancellation,
  flippedAt,
}: Pick<Migration, 'cancellation' | 'flippedAt'>): string | undefined =>
  cancellation && `${flippedAt === undefined ? 'cancelled' : 'rolled back'} by ${cancellation.by}`;
