import { RecordDamaged } from './errors.ts';

/**
 * Waits for work on one of several tenants or migrations, and returns `otherwise` if it needs a damaged record: one
 * tenant's damaged record affects no other tenant. Damage is logged and counted when the record is read.
 */
export const fallbackIfDamaged = async <T, U>(work: Promise<T>, otherwise: U): Promise<T | U> => {
  try {
    return await work;
  } catch (error) {
    if (error instanceof RecordDamaged) return otherwise;
    throw error;
  }
};
