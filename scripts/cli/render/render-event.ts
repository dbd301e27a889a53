import type { PublishedEvent } from '../../../functions/migration/events/published-event.ts';
import type { MigrationEvent } from '../../../functions/migration/migration.ts';
import { formatTime } from './figures.ts';
import { indent, wrapWords } from './text-table.ts';

/** Indentation of the second line of an event. */
const INDENT = 4;

export const statusChangeOf = ({ from, to }: Pick<MigrationEvent, 'from' | 'to'>): string =>
  from === undefined || from === to ? to : `${from} to ${to}`;

/**
 * Renders an event as one line; if the terminal is too narrow for it, as several.
 * @param columns width of the terminal; absent if there is none.
 */
export const renderEvent = (event: PublishedEvent, columns?: number): string[] => {
  const { at, tenantId, migrationId, dryRun, who, reason } = event;
  const head = `${formatTime(at)}  ${tenantId}  ${migrationId}`;
  const change = `${statusChangeOf(event)}, by ${who}: ${reason}`;
  const line = `${head}${dryRun ? ' (dry run)' : ''}  ${change}`;
  if (columns === undefined || line.length <= columns) return [line];
  const [first = '', ...rest] = head.length <= columns ? [head] : wrapWords(head, columns);
  const more = wrapWords(`${dryRun ? '(dry run) ' : ''}${change}`, columns - INDENT);
  return [first, ...indent([...rest, ...more], INDENT)];
};
