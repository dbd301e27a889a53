import type { Ports } from '../../../functions/migration/ports.ts';
import type { StreamPoller } from './stream-poller.ts';

/** What this process writes to a tier table, sentinels among it, is looked for in the stream at once. */
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
