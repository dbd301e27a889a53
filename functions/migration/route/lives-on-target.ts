import type { Migration } from '../migration.ts';

/** True if the tenant has flipped to the target and not back, by the record: each flip changes route and record in one transaction. */
export const livesOnTarget = ({
  flippedAt,
  reverseFlippedAt,
}: Pick<Migration, 'flippedAt' | 'reverseFlippedAt'>): boolean =>
  flippedAt !== undefined && reverseFlippedAt === undefined;
