import type { Command } from 'commander';
import * as z from 'zod';
import { InvalidRequest } from '../../../functions/migration/errors.ts';
import { type TableName, tableName } from '../../../functions/migration/names.ts';
import type { Ports } from '../../../functions/migration/ports.ts';
import { findTenant } from '../../../functions/migration/registry/find-tenant.ts';
import { comparePartitions } from '../../../functions/migration/verify/compare-partitions.ts';
import { type Cli, commandWithExamples } from '../cli.ts';
import { EXIT } from '../exit-codes.ts';
import { count } from '../render/figures.ts';
import { renderComparison } from '../render/render-comparison.ts';

const Options = z.object({ table: z.string().min(1), against: z.string().min(1) });
/** Time between two progress lines, in ms. */
const SAY_MS = 2_000;

export const verifyCommand = (cli: Cli): Command =>
  commandWithExamples('verify', "Compare a tenant's items in two tables value by value; changes nothing", [
    'verify cedar-valley --table saas-tenant-data-basic --against saas-tenant-data-advanced',
  ])
    .argument('<tenant>', 'tenant id')
    .requiredOption('--table <name>', 'the table to compare')
    .requiredOption('--against <name>', 'the table to compare it with')
    .action(async (tenant: string, options: unknown) => {
      const { table, against } = Options.parse(options);
      if (table === against)
        throw new InvalidRequest(`${table} would be compared with itself; give two different tables`);
      const ports = cli.ports();
      const { tenantId } = await findTenant(ports, tenant);
      const sides = [await existing(ports, table), await existing(ports, against)] as const;
      const comparison = await comparePartitions(ports, tenantId, ...sides, sayEvery(cli, SAY_MS));
      if (!comparison.equal) cli.exitWith(EXIT.failed);
      cli.out.result('comparison', { comparison }, () => renderComparison(comparison));
    });

const existing = async (ports: Ports, name: string): Promise<TableName> => {
  const table = tableName(name);
  if (!(await ports.tables.describe(table))) throw new InvalidRequest(`there is no table ${name}`);
  return table;
};

const sayEvery = (cli: Cli, ms: number): ((items: number) => void) => {
  let saidAt = performance.now();
  return (items) => {
    if (performance.now() - saidAt < ms) return;
    saidAt = performance.now();
    cli.out.say(`${count(items)} items compared`);
  };
};
