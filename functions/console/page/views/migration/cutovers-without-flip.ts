import type { Migration } from '../../api/schema.ts';
import { willReverse } from './cutover-words.ts';

/** Returns the number of cutovers that gave up and opened writes again, which is not the one that fences writes now. */
export const cutoversWithoutFlip = (migration: Migration): number => {
  const { cutovers, flippedAt, reverseFlippedAt } = migration;
  const ended = isUnderFence(migration) ? cutovers - 1 : cutovers;
  return ended - [flippedAt, reverseFlippedAt].filter((at) => at !== undefined).length;
};

const isUnderFence = (migration: Migration): boolean =>
  migration.status === 'cuttingOver' ||
  // a flip leaves the time of its fence in the record, and the request of a rollback removes it
  (migration.fencedAt !== undefined && willReverse(migration));
