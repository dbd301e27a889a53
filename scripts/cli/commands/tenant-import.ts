import type { Command } from 'commander';
import * as z from 'zod';
import type { Ports } from '../../../functions/migration/ports.ts';
import {
  type ImportedTenant,
  type ImportResult,
  importProblems,
  importTenants,
} from '../../../functions/migration/tenants/import-tenants.ts';
import { type Cli, commandWithExamples } from '../cli.ts';
import { EXIT } from '../exit-codes.ts';
import { COLUMNS, invalidFile, readTenantsCsv, type TenantLine } from '../read-tenants-csv.ts';
import { type ImportedLine, renderImport } from '../render/render-import.ts';
import { countProgress } from '../watching/count-progress.ts';
import { interruptible } from '../watching/interrupt.ts';
import { withOptionalReason } from './request-options.ts';

const Options = z.object({
  dryRun: z.boolean().default(false),
  by: z.string(),
  reason: z.string().optional(),
});

export const importCommand = (cli: Cli): Command =>
  withOptionalReason(
    commandWithExamples('import', 'Register many tenants from a CSV file (safe to re-run)', [
      'tenant import tenants.csv --dry-run',
      'tenant import tenants.csv --reason "first district year"',
    ]).argument('<file>', 'CSV file whose first line names its columns'),
  )
    .option('--dry-run', 'check the file and show the table of each tenant; change nothing')
    .addHelpText(
      'after',
      `
Columns: ${COLUMNS.join(', ')}. Only tenant and tier are required.
  tenant,tier,name,schools,dedicated,table
  cedar-valley,basic,Cedar Valley District,9,,
  big-district,premium,Big District,80,yes,
  old-district,basic,Old District,4,,prod-tenants

The whole file is checked before anything is changed. A tenant that is registered
already is left alone, so an interrupted import is continued by running it again.`,
    )
    .action(async (file: string, options: unknown) => {
      const { dryRun, by, reason } = Options.parse(options);
      const lines = await readTenantsCsv(file);
      const ports = cli.ports();
      refuseInvalid(ports, file, lines);
      const results = await run(cli, ports, lines, { dryRun, by, reason });
      const imported = lines.flatMap(({ line }, n): ImportedLine[] => {
        const result = results[n];
        return result ? [{ line, result }] : [];
      });
      const count = (kind: ImportResult['kind']) => results.filter((one) => one.kind === kind).length;
      const counts = {
        registered: count('registered'),
        unchanged: count('unchanged'),
        different: count('different'),
        failed: count('failed'),
      };
      cli.exitWith(counts.failed + counts.different === 0 ? EXIT.done : EXIT.failed);
      const tenants = imported.map(({ line, result: { kind, ...rest } }) => ({
        line,
        result: kind,
        ...rest,
      }));
      cli.out.result('tenant-import', { import: { dryRun, ...counts, tenants } }, () =>
        renderImport(imported, { ...counts, dryRun }),
      );
    });

/** @throws InvalidRequest with the lines that cannot be imported, whatever is registered already */
const refuseInvalid = (ports: Ports, file: string, lines: readonly TenantLine[]): void => {
  const problems = importProblems(
    ports,
    lines.map(({ tenant }) => tenant),
  );
  if (problems.length === 0) return;
  throw invalidFile(
    file,
    problems.map(({ position, message }) => ({
      line: lines[position]?.line ?? 0,
      message: message.replace(/\. Nothing was changed/, ''),
    })),
  );
};

const run = async (
  cli: Cli,
  ports: Ports,
  lines: readonly TenantLine[],
  options: { readonly dryRun: boolean; readonly by: string; readonly reason?: string | undefined },
): Promise<readonly ImportResult[]> => {
  const tenants: readonly ImportedTenant[] = lines.map(({ tenant }) => tenant);
  const progress = countProgress(cli.out, 'tenants', options.dryRun ? 'checked' : 'imported');
  let done = 0;
  try {
    return await interruptible(
      () => `stopped after ${done} of ${tenants.length} tenants. Run the same command again to continue.`,
      (signal) =>
        importTenants(ports, tenants, {
          ...options,
          signal,
          onResult: (_, position) => {
            done = position + 1;
            progress.on(done, tenants.length);
          },
        }),
    );
  } finally {
    progress.stop();
  }
};
