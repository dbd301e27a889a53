import type { Ports } from '../ports.ts';
import type { Notice } from './notice.ts';

/** Tells others of changes, oldest first, and writes each to the log. What fails is told again, whole: at least once. */
export const publishNotices = async (ports: Ports, notices: readonly Notice[]): Promise<void> => {
  await ports.notices.publish(notices);
  for (const { migrationId, tenantId, attempt, from, to } of notices)
    ports.log.info({ migrationId, tenantId, attempt, from, to }, 'status');
};
