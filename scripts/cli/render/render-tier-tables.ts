import type { TierTable } from '../../../functions/migration/registry/records.ts';
import type { Retired } from '../../../functions/migration/triggers/retire-table.ts';
import { count } from './figures.ts';
import { renderMoving, renderStays } from './render-stays.ts';
import { table } from './table.ts';

export const renderTierTables = (tables: readonly TierTable[]): string[] => {
  if (tables.length === 0) return ["no tables; create one with 'tierferry table add'"];
  return table(
    ['table', 'tier', 'state', 'tenants', 'reserved', 'leaving', 'free slots'],
    tables.map((one) => [
      one.table,
      one.placement === 'dedicated' ? `${one.tier} (${one.tenantId ?? 'dedicated'})` : one.tier,
      one.state,
      ...[one.tenants, one.reserved, one.leaving, one.room].map(count),
    ]),
    ['left', 'left', 'left', 'right', 'right', 'right', 'right'],
  );
};

export const renderRetired = ({ table: name, requested, moved, stays, coming }: Retired): string[] => {
  const isOver = stays.length === 0 && coming === 0;
  const isEmpty = isOver && requested.length === 0;
  return [
    '',
    `Table ${name} gets no new tenants. ${renderMoving({ requested, moved })}`,
    ...(isEmpty
      ? [
          "No live tenant is left in it. Source partitions are kept until their hold ends ('tierferry table list', leaving).",
        ]
      : []),
    ...renderStays(stays),
    ...(coming > 0 ? ['', `Still being moved into it: ${count(coming)}.`] : []),
    ...(isOver ? [] : ['', `Run it again to continue: tierferry table retire ${name}`]),
  ];
};
