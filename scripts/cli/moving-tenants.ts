import type { Command } from 'commander';
import * as z from 'zod';
import { InvalidRequest } from '../../functions/migration/errors.ts';
import { isClosed, isFlipped } from '../../functions/migration/life-cycle.ts';
import type { Migration } from '../../functions/migration/migration.ts';
import type { Moving } from '../../functions/migration/triggers/move-tenants.ts';
import type { Cli } from './cli.ts';
import { interruptible } from './watching/interrupt.ts';

export const withAtOnce = (command: Command): Command =>
  command.option(
    '--at-once <tenants>',
    'tenants that move at once; the next begins when one has flipped',
    '2',
  );

/** Runs what moves several tenants, and says how far it is. @param goOn the command that goes on after Ctrl-C. */
export const movingTenants = async <T>(
  cli: Cli,
  options: { readonly atOnce: string; readonly by: string; readonly goOn: string },
  work: (moving: Moving) => Promise<T>,
): Promise<T> => {
  const atOnce = parseAtOnce(options.atOnce);
  return interruptible(
    `stopped: what was requested goes on (tierferry status). For the rest: ${options.goOn}`,
    (signal) =>
      work({ atOnce, by: options.by, signal, onChange: (migration) => cli.out.say(progressOf(migration)) }),
  );
};

const progressOf = ({ tenantId, migrationId, status, target }: Migration): string => {
  if (isFlipped(status)) return `${tenantId} lives in ${target.table} now`;
  return isClosed(status)
    ? `${tenantId} stays: ${migrationId} is ${status}`
    : `${tenantId} is being moved by ${migrationId}`;
};

const parseAtOnce = (text: string): number => {
  const parsed = z.coerce.number().int().min(1).safeParse(text);
  if (!parsed.success || text.trim() === '')
    throw new InvalidRequest(`--at-once is a whole number from 1, not '${text}'`);
  return parsed.data;
};
