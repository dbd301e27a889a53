import type { Command } from 'commander';
import * as z from 'zod';
import { InvalidRequest } from '../../../functions/migration/errors.ts';
import { limitMigration } from '../../../functions/migration/triggers/control-migration.ts';
import { type Cli, commandWithExamples } from '../cli.ts';
import { nextOf } from '../documents/next.ts';
import { counted } from '../render/figures.ts';
import { SaidOptions, withWhy } from './request-options.ts';

const Options = SaidOptions.extend({ writeUnits: z.string() });

export const limitCommand = (cli: Cli): Command =>
  withWhy(
    commandWithExamples('limit', 'Limit what a migration may write, so that its neighbours keep theirs', [
      'limit mig-20260304050607-1a2b3c4d --write-units 200',
      'limit mig-20260304050607-1a2b3c4d --write-units none --why "the night is quiet"',
    ]).argument('<migration>', 'migration id'),
  )
    .requiredOption('--write-units <n>', 'write units a second, from 1, or none for no limit')
    .action(async (id: string, options: unknown) => {
      const { writeUnits, ...said } = Options.parse(options);
      const limit = parseLimit(writeUnits);
      const migration = await limitMigration(cli.ports(), id, limit, said);
      const words = () => [
        limit === undefined
          ? `${id} has no limit of its own.`
          : `${id} writes at most ${counted(limit, 'unit')} a second.`,
      ];
      cli.out.result('migration', { migration }, words, nextOf(migration));
    });

const parseLimit = (text: string): number | undefined => {
  if (text === 'none') return undefined;
  const parsed = z.coerce.number().int().min(1).safeParse(text);
  if (!parsed.success)
    throw new InvalidRequest(`--write-units is a whole number from 1, or none, not '${text}'`);
  return parsed.data;
};
