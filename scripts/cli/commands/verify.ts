import * as z from 'zod';
import { comparePartitions } from '../../../functions/migration/compare/compare-partitions.ts';
import { InvalidRequest } from '../../../functions/migration/errors.ts';
import { type TableName, tableName } from '../../../functions/migration/names.ts';
import type { Ports } from '../../../functions/migration/ports.ts';
import { findTenant } from '../../../functions/migration/registry/find-tenant.ts';
import { type Cli, type Define, withExamples } from '../cli.ts';
import { EXIT } from '../exit-codes.ts';
import { formatCounted } from '../render/figures.ts';
import { renderComparison } from '../render/render-comparison.ts';

const Options = z.object({ table: z.string().min(1), against: z.string().min(1) });
/** Time between two progress lines, in ms. */
const PROGRESS_MS = 2_000;

export const defineVerify: Define = (command, cli) =>
  withExamples(command, [
    'verify cedar-valley --table saas-tenant-data-basic --against saas-tenant-data-advanced',
  ])
    .requiredOption('--table <table>', 'table to compare (required)')
    .requiredOption('--against <table>', 'table to compare it with (required)')
    .action(async (tenant: string, options: unknown) => {
      const { table, against } = Options.parse(options);
      if (table === against)
        throw new InvalidRequest(`${table} would be compared with itself; give two different tables`);
      const ports = cli.ports();
      const { tenantId } = await findTenant(ports, tenant);
      const sides = [await existingTable(ports, table), await existingTable(ports, against)] as const;
      const comparison = await comparePartitions(ports, tenantId, ...sides, reportEvery(cli, PROGRESS_MS));
      if (!comparison.equal) cli.exitWith(EXIT.failed);
      cli.out.result('comparison', { comparison }, () => renderComparison(comparison));
    });

const existingTable = async (ports: Ports, name: string): Promise<TableName> => {
  const table = tableName(name);
  if (!(await ports.tables.describe(table))) throw new InvalidRequest(`there is no table ${name}`);
  return table;
};

const reportEvery = (cli: Cli, ms: number): ((items: number) => void) => {
  let reportedAt = performance.now();
  return (items) => {
    if (performance.now() - reportedAt < ms) return;
    reportedAt = performance.now();
    cli.out.say(`${formatCounted(items, 'item')} compared`);
  };
};
