import type { Comparison } from '../../../functions/migration/compare/compare-partitions.ts';
import { formatCount } from './figures.ts';
import { renderDifferences } from './render-differences.ts';
import { renderSides } from './render-sides.ts';
import { indent } from './text-table.ts';

export const renderComparison = (comparison: Comparison): string[] => [
  `Tenant ${comparison.tenantId}: ${comparison.equal ? 'EQUAL' : 'NOT EQUAL'}`,
  '',
  ...indent(
    renderSides([
      { title: 'table', table: comparison.table, print: comparison.source },
      { title: 'against', table: comparison.against, print: comparison.target },
    ]),
  ),
  ...(comparison.expired > 0
    ? ['', ...indent([`Expired items on one side only, not compared: ${formatCount(comparison.expired)}.`])]
    : []),
  ...(comparison.equal
    ? []
    : ['', ...indent(renderDifferences(comparison.differences, comparison.differing))]),
];
