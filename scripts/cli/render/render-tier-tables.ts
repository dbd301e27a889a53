import type { RetirementResult } from '../../../functions/migration/operator/retire-table.ts';
import type { TierTable } from '../../../functions/migration/registry/tier-table.ts';
import { formatCount } from './figures.ts';
import { renderMoves, renderNotMoved } from './render-moves.ts';
import { renderTable } from './text-table.ts';

export const renderTierTables = (tables: readonly TierTable[]): string[] => {
  if (tables.length === 0) return ["no tables; create one with 'tierferry table add'"];
  return renderTable(
    ['table', 'tier', 'state', 'tenants', 'reserved', 'departing', 'free slots'],
    tables.map((one) => [
      one.table,
      one.placement === 'dedicated' ? `${one.tier} (${one.tenantId ?? 'dedicated'})` : one.tier,
      one.state,
      ...[one.tenants, one.reserved, one.departing, one.freeSlots].map(formatCount),
    ]),
    ['left', 'left', 'left', 'right', 'right', 'right', 'right'],
  );
};

export const renderRetirement = ({
  table: name,
  requested,
  moved,
  stays,
  coming,
}: RetirementResult): string[] => {
  const isFinished = stays.length === 0 && coming === 0;
  const isEmpty = isFinished && requested.length === 0;
  return [
    '',
    `Table ${name} gets no new tenants. ${renderMoves({ requested, moved })}`,
    ...(isEmpty
      ? [
          "No live tenant is left in it. Source partitions are kept until their hold ends ('tierferry table list', leaving).",
        ]
      : []),
    ...renderNotMoved(stays),
    ...(coming > 0 ? ['', `Still being moved into it: ${formatCount(coming)}.`] : []),
    ...(isFinished ? [] : ['', `Run it again to continue: tierferry table retire ${name}`]),
  ];
};
