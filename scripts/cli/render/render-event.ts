import type { PublishedEvent } from '../../../functions/migration/events/published-event.ts';
import type { MigrationEvent } from '../../../functions/migration/migration.ts';
import { formatTime } from './figures.ts';

export const statusChangeOf = ({ from, to }: Pick<MigrationEvent, 'from' | 'to'>): string =>
  from === undefined || from === to ? to : `${from} to ${to}`;

/** Renders an event as one line. */
export const renderEvent = (event: PublishedEvent): string[] => {
  const { at, tenantId, migrationId, dryRun, who, reason } = event;
  return [
    `${formatTime(at)}  ${tenantId}  ${migrationId}${dryRun ? ' (dry run)' : ''}  ${statusChangeOf(event)}, by ${who}: ${reason}`,
  ];
};
