import type { Moved } from '../../../functions/migration/triggers/move-tenants.ts';
import { count } from './figures.ts';
import { indent, table } from './table.ts';

/** Who was to move and did not. */
export const renderStays = (stays: Moved['stays']): string[] =>
  stays.length === 0
    ? []
    : [
        '',
        `${count(stays.length)} stayed:`,
        ...indent(
          table(
            undefined,
            stays.map((one) => [one.tenantId, one.why]),
          ),
        ),
      ];

/** Who moves, or has moved. */
export const renderMoving = ({ requested, moved }: Pick<Moved, 'requested' | 'moved'>): string =>
  requested.length > 0
    ? `${count(requested.length)} on their way or waiting for their turn; see them with 'tierferry queue'.`
    : `${count(moved.length)} moved.`;
