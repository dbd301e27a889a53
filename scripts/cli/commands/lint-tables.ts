import { readFileSync } from 'node:fs';
import * as z from 'zod';
import { InvalidRequest } from '../../../functions/migration/errors.ts';
import { sourceFilesIn } from '../../lint/source-files.ts';
import { findTableNames } from '../../lint/table-names.ts';
import { type Define, withExamples } from '../cli.ts';
import { EXIT } from '../exit-codes.ts';
import { formatCounted } from '../render/figures.ts';

const Options = z.object({ table: z.array(z.string().min(1)).default([]) });

export const defineLintTables: Define = (command, cli) =>
  withExamples(command, ['lint-tables src', 'lint-tables src jobs --table prod-tenants-2 prod-big-district'])
    .option('--table <names...>', 'tier tables that Tierferry did not create')
    .addHelpText(
      'after',
      "\nAn application names its tenants' table by the name that it gives to routedClient. A tier table\nby its own name bypasses the router. A comment with 'tierferry-allow' in the line, or in the line\nbefore, allows a name. The exit code is 1 if a name is found.",
    )
    .action((paths: string[], options: unknown) => {
      const { table: tables } = Options.parse(options);
      const { prefix } = cli.settings();
      const files = paths.flatMap(filesIn);
      const found = files.flatMap((file) =>
        findTableNames(file, readFileSync(file, 'utf8'), { prefix, tables }),
      );
      if (found.length > 0) cli.exitWith(EXIT.failed);
      cli.out.result('table-names', { files: files.length, found }, () =>
        found.length === 0
          ? [`No tier table is named in ${formatCounted(files.length, 'file')}.`]
          : [
              ...found.map(({ file, line, column, table }) => `${file}:${line}:${column}  ${table}`),
              '',
              'A request for a tier table by its own name bypasses the router. Name the table of routedClient instead.',
            ],
      );
    });

const filesIn = (path: string): readonly string[] => {
  try {
    return sourceFilesIn(path);
  } catch (error) {
    throw new InvalidRequest(`cannot read ${path}: ${error instanceof Error ? error.message : error}`, {
      cause: error,
    });
  }
};
