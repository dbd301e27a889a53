import { formatCounted } from '../cli/render/figures.ts';
import { indent, renderTable } from '../cli/render/text-table.ts';
import type { DemoCheck } from './aftermath.ts';

export const renderDemoCheck = (tenantId: string, after: DemoCheck): string[] => {
  const { neighbours } = after;
  return indent(
    renderTable(undefined, [
      ['source', after.source.table, `${formatCounted(after.source.items, 'item')} of ${tenantId}`],
      ['target', after.target.table, `${formatCounted(after.target.items, 'item')} of ${tenantId}`],
      ['route', after.route.table, `writes ${after.route.writes}`],
      ['registry', after.registry.table, `tier ${after.registry.tier}`],
      [
        'neighbours',
        `${formatCounted(neighbours.tenants, 'tenant')}, ${formatCounted(neighbours.items, 'item')}`,
        neighbours.changed.length === 0 ? 'none changed' : `CHANGED: ${neighbours.changed.join(', ')}`,
      ],
    ]),
  );
};
