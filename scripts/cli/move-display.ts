import type { Command } from 'commander';
import { isClosed, isFlipped, statusWords } from '../../functions/migration/life-cycle.ts';
import type { Migration } from '../../functions/migration/migration.ts';
import { nextOf } from '../../functions/migration/operator/actions.ts';
import type { MoveOptions } from '../../functions/migration/requests/move-tenants.ts';
import type { Cli } from './cli.ts';
import { interruptible } from './watching/interrupt.ts';

export const withWatchAllOption = (command: Command): Command =>
  command.option('--watch', 'wait until every migration has ended; Ctrl-C detaches, migrations continue');

/**
 * Runs work that moves several tenants, and reports its progress.
 * @param goOn returns the command that continues it after Ctrl-C
 */
export const withMoveDisplay = async <T>(
  cli: Cli,
  { watch: waits, by, goOn }: { readonly watch: boolean; readonly by: string; readonly goOn: () => string },
  work: (options: MoveOptions) => Promise<T>,
): Promise<T> =>
  interruptible(
    () => `stopped; requested migrations continue (tierferry queue). Request the rest: ${goOn()}`,
    (signal) => work({ waits, by, signal, onChange: (migration) => printMove(cli, migration, waits) }),
  );

/** Reports a change. With `--json` and `--watch`, prints a document for it. */
const printMove = ({ out }: Cli, migration: Migration, waits: boolean): void => {
  const words = () => [moveCountsOf(migration)];
  if (out.json && waits) out.result('migration', { migration }, words, nextOf(migration));
  else out.say(words());
};

const moveCountsOf = ({ tenantId, migrationId, status, target }: Migration): string => {
  if (isFlipped(status)) return `${tenantId} is now in ${target.table}`;
  if (isClosed(status)) return `${tenantId} was not moved: ${migrationId} is ${statusWords(status)}`;
  return `${tenantId} will be moved by ${migrationId}`;
};
