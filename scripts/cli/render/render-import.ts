import type { ImportResult } from '../../../functions/migration/tenants/import-tenants.ts';
import { formatCount, formatCounted } from './figures.ts';
import { indent, renderTable } from './text-table.ts';

/** The result for one line of the file. */
export interface ImportedLine {
  /** Line of the file, from 1. */
  readonly line: number;
  readonly result: ImportResult;
}

interface ImportCounts {
  readonly dryRun: boolean;
  readonly registered: number;
  readonly unchanged: number;
  readonly different: number;
  readonly failed: number;
}

/** Number of tenants of each table up to which a dry run lists them one by one. */
const MAX_LISTED = 50;

export const renderImport = (lines: readonly ImportedLine[], counts: ImportCounts): string[] => {
  const problems = lines.filter(({ result }) => result.kind === 'different' || result.kind === 'failed');
  const placed = lines.filter(({ result }) => result.kind === 'registered');
  return [
    ...(counts.dryRun && placed.length > 0 ? [...renderTables(placed), ''] : []),
    ...(problems.length > 0 ? [...renderProblems(problems), ''] : []),
    `${counts.dryRun ? 'Would register' : 'Registered'} ${formatCounted(counts.registered, 'tenant')}; ${formatCount(counts.unchanged)} registered before, ${formatCount(counts.different)} with other values, ${formatCount(counts.failed)} failed.`,
    ...(counts.dryRun ? ['Nothing was changed.'] : []),
  ];
};

/** Lists the tenants with their tables; of a long import, the number of tenants of each table. */
const renderTables = (lines: readonly ImportedLine[]): string[] => {
  const tables = new Map<string, { tenants: number; isNew: boolean }>();
  const rows: string[][] = [];
  for (const { line, result } of lines) {
    if (result.kind !== 'registered') continue;
    const { tenants = 0, isNew = false } = tables.get(result.table) ?? {};
    tables.set(result.table, { tenants: tenants + 1, isNew: isNew || result.isNewTable });
    rows.push([String(line), result.tenantId, result.table, result.isNewTable ? 'new table' : '']);
  }
  if (rows.length <= MAX_LISTED) return renderTable(['line', 'tenant', 'table', ''], rows, ['right']);
  return renderTable(
    ['table', 'tenants', ''],
    [...tables].map(([table, { tenants, isNew }]) => [table, formatCount(tenants), isNew ? 'new table' : '']),
    ['left', 'right'],
  );
};

const renderProblems = (lines: readonly ImportedLine[]): string[] =>
  indent(
    renderTable(
      undefined,
      lines.map(({ line, result }) => [`line ${line}`, result.tenantId, problemOf(result)]),
    ),
  );

const problemOf = (result: ImportResult): string => {
  if (result.kind === 'failed') return result.message;
  return result.kind === 'different'
    ? `is registered in ${result.table} with another ${result.fields.join(', ')}; it was not changed`
    : '';
};
