import type { MigrationEvent } from '../../../functions/migration/migration.ts';
import type { Notice } from '../../../functions/migration/notices/notice.ts';
import { moment } from './figures.ts';

export const stepOf = ({ from, to }: Pick<MigrationEvent, 'from' | 'to'>): string =>
  from === undefined || from === to ? to : `${from} to ${to}`;

/** Renders an event as one line. */
export const renderNotice = (notice: Notice): string[] => {
  const { at, tenantId, migrationId, dryRun, who, why } = notice;
  return [
    `${moment(at)}  ${tenantId}  ${migrationId}${dryRun ? ' (dry run)' : ''}  ${stepOf(notice)}, by ${who}: ${why}`,
  ];
};
