import { TenantLeaseExpired } from '../../functions/router/tenant-router.ts';

/**
 * Repeats a write through the router until it ends within its lease: on a busy machine it may take longer.
 * @param write must change nothing if it is repeated.
 */
export const writeInLease = async <T>(write: () => Promise<T>): Promise<T> => {
  for (;;) {
    try {
      return await write();
    } catch (error) {
      if (!(error instanceof TenantLeaseExpired)) throw error;
    }
  }
};
