import type { Ports } from '../ports.ts';
import type { Notice } from './notice.ts';

/**
 * Publishes events, oldest first, and logs each. After a failure all are published again: delivery is at least once.
 */
export const publishNotices = async (ports: Ports, notices: readonly Notice[]): Promise<void> => {
  await ports.notices.publish(notices);
  for (const { migrationId, tenantId, attempt, from, to } of notices)
    ports.log.info({ migrationId, tenantId, attempt, from, to }, 'status');
};
