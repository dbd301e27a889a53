import type { Command } from 'commander';
import { isClosed, isFlipped } from '../../functions/migration/life-cycle.ts';
import type { Migration } from '../../functions/migration/migration.ts';
import { nextOf } from '../../functions/migration/triggers/actions.ts';
import type { Moving } from '../../functions/migration/triggers/move-tenants.ts';
import type { Cli } from './cli.ts';
import { interruptible } from './watching/interrupt.ts';

export const withWatchAll = (command: Command): Command =>
  command.option('--watch', 'stay until every tenant has moved or stays; Ctrl-C stops the watching only');

/** Runs what moves several tenants, and says how far it is. @param goOn says the command that goes on after Ctrl-C. */
export const movingTenants = async <T>(
  cli: Cli,
  { watch: waits, by, goOn }: { readonly watch: boolean; readonly by: string; readonly goOn: () => string },
  work: (moving: Moving) => Promise<T>,
): Promise<T> =>
  interruptible(
    () => `stopped: what was requested goes on (tierferry queue). For the rest: ${goOn()}`,
    (signal) => work({ waits, by, signal, onChange: (migration) => tell(cli, migration, waits) }),
  );

/** With `--json`, a program that waits for the moves gets a document for each change. */
const tell = ({ out }: Cli, migration: Migration, waits: boolean): void => {
  const words = () => [progressOf(migration)];
  if (out.json && waits) out.result('migration', { migration }, words, nextOf(migration));
  else out.say(words());
};

const progressOf = ({ tenantId, migrationId, status, target }: Migration): string => {
  if (isFlipped(status)) return `${tenantId} lives in ${target.table} now`;
  if (isClosed(status)) return `${tenantId} stays: ${migrationId} is ${status}`;
  return `${tenantId} is to be moved by ${migrationId}`;
};
