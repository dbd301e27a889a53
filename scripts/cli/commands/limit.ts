import * as z from 'zod';
import { InvalidRequest } from '../../../functions/migration/errors.ts';
import type { Migration } from '../../../functions/migration/migration.ts';
import { nextOf } from '../../../functions/migration/operator/actions.ts';
import { limitMigration } from '../../../functions/migration/operator/limit-migration.ts';
import { type Define, withExamples } from '../cli.ts';
import { findOpenMigration } from '../find-named-migration.ts';
import { formatCounted } from '../render/figures.ts';
import { AuditOptions, parseUnits, withReasonOption } from './request-options.ts';

const Options = AuditOptions.extend({ writeUnits: z.string().optional(), readUnits: z.string().optional() });

export const defineLimit: Define = (command, cli) =>
  withReasonOption(
    withExamples(command, [
      'limit cedar-valley --write-units 200',
      'limit mig-20260304050607-1a2b3c4d --read-units 500',
      'limit mig-20260304050607-1a2b3c4d --write-units none --reason "the night is quiet"',
    ]),
  )
    .option('--write-units <n>', 'write units per second, from 1, or none for no limit')
    .option(
      '--read-units <n>',
      "read units per second in each table, from 1, or none for the deployment's setting",
    )
    .action(async (named: string, options: unknown) => {
      const { writeUnits, readUnits, ...note } = Options.parse(options);
      if (writeUnits === undefined && readUnits === undefined)
        throw new InvalidRequest('give --write-units, --read-units or both. Nothing was changed.');
      const write = parseUnits('--write-units', writeUnits);
      const read = parseUnits('--read-units', readUnits);
      const limits = { ...(write === undefined ? {} : { write }), ...(read === undefined ? {} : { read }) };
      const ports = cli.ports();
      const { migrationId } = await findOpenMigration(ports, named);
      const migration = await limitMigration(ports, migrationId, limits, note);
      const words = () => [
        ...(write === undefined ? [] : [writesOf(migration)]),
        ...(read === undefined ? [] : [readsOf(migration)]),
      ];
      cli.out.result('migration', { migration }, words, nextOf(migration));
    });

const writesOf = ({ migrationId, writeUnitsPerSecond: limit }: Migration): string =>
  limit === undefined
    ? `${migrationId} has no write limit.`
    : `${migrationId} uses at most ${formatCounted(limit, 'write unit')} per second.`;

const readsOf = ({ migrationId, readUnitsPerSecond: limit }: Migration): string =>
  limit === undefined
    ? `${migrationId} has the read limit of the deployment's settings.`
    : `${migrationId} uses at most ${formatCounted(limit, 'read unit')} per second in each table.`;
