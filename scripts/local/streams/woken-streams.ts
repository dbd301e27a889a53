import type { Ports } from '../../../functions/migration/ports.ts';
import type { StreamPoller } from './stream-poller.ts';

/** Returns ports that have a table's stream polled at once after each write of this process, e.g. of sentinels. */
export const withWokenStreams = (ports: Ports, poller: Pick<StreamPoller, 'wake'>): Ports => ({
  ...ports,
  partition(tenantId) {
    const partition = ports.partition(tenantId);
    return {
      ...partition,
      async write(table, batch, signal) {
        const written = await partition.write(table, batch, signal);
        poller.wake(table);
        return written;
      },
    };
  },
});
