import type { TierTable } from '../../../functions/migration/registry/records.ts';
import type { Retired } from '../../../functions/migration/triggers/retire-table.ts';
import { count } from './figures.ts';
import { renderMoving, renderStays } from './render-stays.ts';
import { table } from './table.ts';

export const renderTierTables = (tables: readonly TierTable[]): string[] => {
  if (tables.length === 0) return ["no tables; create one with 'tierferry table add'"];
  return table(
    ['table', 'tier', 'state', 'tenants', 'coming', 'going', 'room'],
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
    `Table ${name} takes nobody new. ${renderMoving({ requested, moved })}`,
    ...(isEmpty
      ? [
          "Nobody lives in it any more; source partitions are kept for the hold ('tierferry table list', going).",
        ]
      : []),
    ...renderStays(stays),
    ...(coming > 0 ? ['', `${count(coming)} are still on their way into it.`] : []),
    ...(isOver ? [] : ['', `Run it again to go on: tierferry table retire ${name}`]),
  ];
};
