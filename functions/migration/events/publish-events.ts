import type { Ports } from '../ports.ts';
import type { PublishedEvent } from './published-event.ts';

/**
 * Publishes events, oldest first, and logs each. After a failure all are published again: delivery is at least once.
 */
export const publishEvents = async (ports: Ports, events: readonly PublishedEvent[]): Promise<void> => {
  await ports.events.publish(events);
  for (const { migrationId, tenantId, attempt, from, to } of events)
    ports.log.info({ migrationId, tenantId, attempt, from, to }, 'status');
};
