import { count, counted } from '../cli/render/figures.ts';
import { indent, table } from '../cli/render/table.ts';
import type { Aftermath } from './aftermath.ts';

export const renderAftermath = (tenantId: string, after: Aftermath): string[] => {
  const { neighbours } = after;
  return indent(
    table(undefined, [
      ['source', after.source.table, `${counted(after.source.items, 'item')} of ${tenantId}`],
      ['target', after.target.table, `${counted(after.target.items, 'item')} of ${tenantId}`],
      ['route', after.route.table, `writes ${after.route.writes}`],
      ['registry', after.registry.table, `tier ${after.registry.tier}`],
      [
        'neighbours',
        `${count(neighbours.tenants)} tenants, ${counted(neighbours.items, 'item')}`,
        neighbours.changed.length === 0 ? 'none changed' : `CHANGED: ${neighbours.changed.join(', ')}`,
      ],
    ]),
  );
};
