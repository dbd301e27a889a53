import type { Moved } from '../../../functions/migration/triggers/move-tenants.ts';
import { count } from './figures.ts';
import { indent, table } from './table.ts';

/** Renders the tenants whose move was requested and did not take place. */
export const renderStays = (stays: Moved['stays']): string[] =>
  stays.length === 0
    ? []
    : [
        '',
        `${count(stays.length)} not moved:`,
        ...indent(
          table(
            undefined,
            stays.map((one) => [one.tenantId, one.why]),
          ),
        ),
      ];

/** Renders how many tenants are being moved, or have been moved. */
export const renderMoving = ({ requested, moved }: Pick<Moved, 'requested' | 'moved'>): string =>
  requested.length > 0
    ? `${count(requested.length)} running or queued; see 'tierferry queue'.`
    : `${count(moved.length)} moved.`;
