import type { MoveResult } from '../../../functions/migration/requests/move-tenants.ts';
import { formatCount } from './figures.ts';
import { renderNext } from './render-next.ts';
import { indent, renderTable } from './text-table.ts';

/** Renders the tenants whose move was requested and did not take place. */
export const renderNotMoved = (stays: MoveResult['stays']): string[] =>
  stays.length === 0
    ? []
    : [
        '',
        `${formatCount(stays.length)} not moved:`,
        ...indent(
          renderTable(
            undefined,
            stays.map(({ tenantId, reason, next }) => [
              tenantId,
              next ? `${reason}. Next: ${renderNext(next)}` : reason,
            ]),
          ),
        ),
      ];

/** Renders how many tenants are being moved, or have been moved. */
export const renderMoves = ({ requested, moved }: Pick<MoveResult, 'requested' | 'moved'>): string =>
  requested.length > 0
    ? `${formatCount(requested.length)} running or queued; see 'tierferry queue'.`
    : `${formatCount(moved.length)} moved.`;
