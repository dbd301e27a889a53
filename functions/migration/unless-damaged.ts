import { RecordDamaged } from './errors.ts';

/**
 * Waits for the work on one of several tenants or migrations, and returns `otherwise` if it needed a record that is
 * damaged: one tenant's damaged record affects no other tenant. The record has been logged and counted when it was read.
 */
export const unlessDamaged = async <T, U>(work: Promise<T>, otherwise: U): Promise<T | U> => {
  try {
    return await work;
  } catch (error) {
    if (error instanceof RecordDamaged) return otherwise;
    throw error;
  }
};
