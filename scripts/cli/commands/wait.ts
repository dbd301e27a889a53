import * as z from 'zod';
import { InvalidRequest, TierferryError } from '../../../functions/migration/errors.ts';
import { formatDuration } from '../../../functions/migration/format-duration.ts';
import {
  isAhead,
  isClosed,
  STATUSES,
  type Status,
  statusWords,
} from '../../../functions/migration/life-cycle.ts';
import type { Migration } from '../../../functions/migration/migration.ts';
import { nextOf } from '../../../functions/migration/operator/actions.ts';
import type { Ports } from '../../../functions/migration/ports.ts';
import { executionOf } from '../../../functions/migration/record/execution.ts';
import { findMigration } from '../../../functions/migration/record/find-migration.ts';
import { choiceOption } from '../choice.ts';
import { type Cli, type Define, withExamples } from '../cli.ts';
import { parseDuration } from '../duration.ts';
import { EXIT } from '../exit-codes.ts';
import { findLatestMigration } from '../find-named-migration.ts';
import { interruptible } from '../watching/interrupt.ts';
import { pollPatiently } from '../watching/poll-patiently.ts';

const Options = z.object({ for: z.enum(STATUSES), timeout: z.string().optional() });

/** Time between two polls, in ms. */
const POLL_MS = 1_000;
/** Consecutive polls that find no execution before the wait ends: one that was just started may not be visible yet. */
const QUIET_POLLS = 3;
/** Statuses of a dry run, which ends after its plan. */
const DRY_RUN_STATUSES: readonly Status[] = [
  'queued',
  'planning',
  'completed',
  'rollingBack',
  'cancelled',
  'failed',
];

/** The migration did not reach the status in the given time. */
class WaitTimedOut extends TierferryError {}

export const defineWait: Define = (command, cli) =>
  withExamples(command, [
    'wait mig-20260304050607-1a2b3c4d                   # until it is completed',
    'wait cedar-valley --for holding --timeout 2h',
    'wait mig-20260304050607-1a2b3c4d --for rolledBack --json',
  ])
    .addOption(
      choiceOption(
        '--for <status>',
        'status to wait for; one that the migration has passed counts as reached',
        STATUSES,
      ).default('completed'),
    )
    .option('--timeout <duration>', 'how long to wait, e.g. 90s, 2h (default: without a limit)')
    .addHelpText(
      'after',
      '\nExit code 0: it has reached the status, or passed it; 1: it has ended otherwise, has stopped,\nor did not reach it within --timeout.',
    )
    .action(async (name: string, options: unknown) => {
      const { for: wanted, timeout } = Options.parse(options);
      const timeoutMs = timeout === undefined ? Number.POSITIVE_INFINITY : parseDuration(timeout);
      const ports = cli.ports({ workflow: true });
      const { migrationId, dryRun } = await findLatestMigration(ports, name);
      if (dryRun && !DRY_RUN_STATUSES.includes(wanted))
        throw new InvalidRequest(
          `${migrationId} is a dry run and is never ${statusWords(wanted)}: it only plans`,
        );
      const found = await interruptible(
        `stopped waiting; migration ${migrationId} continues. Wait again: tierferry wait ${migrationId} --for ${wanted}`,
        (signal) => waitFor(cli, ports, { id: migrationId, wanted, timeoutMs, signal }),
      );
      printResult(cli, found, wanted);
    });

interface Wait {
  readonly id: string;
  readonly wanted: Status;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

interface WaitResult {
  readonly migration: Migration;
  readonly end: 'reached' | 'ended' | 'stopped';
}

/** Waits until the migration has reached the status, can no longer reach it, or has stopped. @throws WaitTimedOut */
const waitFor = async (cli: Cli, ports: Ports, wait: Wait): Promise<WaitResult> => {
  const { id, wanted, timeoutMs, signal } = wait;
  const startedAt = ports.clock.monotonic();
  for (let quiet = 0; ; ) {
    const { migration, isStopped } = await pollPatiently(() => readOnce(ports, id), cli.out.say, signal);
    if (hasReached(migration, wanted)) return { migration, end: 'reached' };
    if (isClosed(migration.status)) return { migration, end: 'ended' };
    quiet = isStopped ? quiet + 1 : 0;
    if (quiet >= QUIET_POLLS) return { migration, end: 'stopped' };
    if (ports.clock.monotonic() - startedAt >= timeoutMs)
      throw new WaitTimedOut(
        `${id} is ${statusWords(migration.status)} and was not ${statusWords(wanted)} within ${formatDuration(timeoutMs)}. It continues. Wait again, or see 'tierferry status ${id}'.`,
      );
    await ports.clock.sleep(POLL_MS, signal);
  }
};

/** Reads the record after the execution's state: the execution's last step changes the record before it ends. */
const readOnce = async (ports: Ports, id: string) => {
  const isStopped = (await executionOf(ports, await findMigration(ports, id))) === 'stopped';
  return { migration: await findMigration(ports, id), isStopped };
};

const hasReached = ({ status }: Migration, wanted: Status): boolean =>
  status === wanted || isAhead(wanted, status);

const printResult = (cli: Cli, { migration, end }: WaitResult, wanted: Status): void => {
  const { migrationId: id, status } = migration;
  if (end !== 'reached') cli.exitWith(EXIT.failed);
  const now = statusWords(status);
  const words = () => {
    if (end === 'reached') return [`${id} is ${now}.`];
    if (end === 'ended')
      return [`${id} is ${now} and cannot become ${statusWords(wanted)}.`, `see tierferry status ${id}`];
    return [`${id} is ${now}, but its execution has stopped.`, `continue: tierferry retry ${id}`];
  };
  const facts = { reached: {}, ended: { execution: 'ended' }, stopped: { execution: 'stopped' } } as const;
  cli.out.result('migration', { migration }, words, nextOf(migration, facts[end]));
};
