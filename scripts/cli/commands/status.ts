import * as z from 'zod';
import { InvalidRequest } from '../../../functions/migration/errors.ts';
import { STATUSES } from '../../../functions/migration/life-cycle.ts';
import type { Migration } from '../../../functions/migration/migration.ts';
import { readStatus } from '../../../functions/migration/operator/read-status.ts';
import type { Ports } from '../../../functions/migration/ports.ts';
import {
  listMigrations,
  listOpenMigrations,
  type MigrationWithExecution,
} from '../../../functions/migration/record/execution.ts';
import { findTenant } from '../../../functions/migration/registry/find-tenant.ts';
import { choicesOption } from '../choice.ts';
import { type Cli, type Define, withExamples } from '../cli.ts';
import { EXIT } from '../exit-codes.ts';
import { findLatestMigration } from '../find-named-migration.ts';
import { NO_MATCH, NO_MIGRATIONS, renderMigrations } from '../render/render-migrations.ts';
import { renderEvents, renderStatus } from '../render/render-status.ts';
import { indent } from '../render/text-table.ts';
import { watchToEnd } from '../watch-to-end.ts';
import { interruptible } from '../watching/interrupt.ts';
import { createListDisplay } from '../watching/list-display.ts';
import { pollPatiently } from '../watching/poll-patiently.ts';

const Options = z.object({
  watch: z.boolean().default(false),
  events: z.boolean().default(false),
  tenant: z.string().optional(),
  status: z.array(z.enum(STATUSES)).optional(),
  open: z.boolean().default(false),
  limit: z.string().optional(),
});
type Options = z.output<typeof Options>;

/** Time between two polls of a watched list, in ms. */
const LIST_POLL_MS = 2_000;

export const defineStatus: Define = (command, cli) =>
  withExamples(command, [
    'status',
    'status mig-20260304050607-1a2b3c4d --watch',
    'status cedar-valley --events      # the latest migration of a tenant',
    'status --watch                    # all migrations, until Ctrl-C',
    'status --status copying,holding --tenant cedar-valley',
    'status --open                     # all that have not ended, however old',
    'status --limit 100 --json',
  ])
    .option('--watch', 'show progress until the end, or the list until Ctrl-C; the migrations continue')
    .option('--events', 'also show the audit trail: who, when, from, to, reason')
    .option('--tenant <tenant>', 'list only migrations of this tenant')
    .addOption(choicesOption('--status <statuses>', 'list only migrations with these statuses', STATUSES))
    .option('--open', 'list every migration that has not ended, however many and however old')
    .option('--limit <count>', 'number of migrations to list, latest first (default: 20)')
    .action(async (name: string | undefined, options: unknown) => {
      const { watch, events, ...filter } = Options.parse(options);
      if (watch && events)
        throw new InvalidRequest('--events and --watch exclude each other; give one of them');
      if (name === undefined) {
        if (events) throw new InvalidRequest('--events needs a migration id or a tenant id');
        const read = await readerOf(cli.ports(), filter);
        const isFiltered = filter.tenant !== undefined || filter.status !== undefined || filter.open;
        const none = isFiltered ? NO_MATCH : NO_MIGRATIONS;
        return watch ? watchList(cli, read, none) : printList(cli, await read(), none);
      }
      if (filter.tenant !== undefined || filter.status !== undefined || filter.open)
        throw new InvalidRequest(
          '--tenant, --status and --open select migrations of the list. Leave them out, or leave out the migration.',
        );
      const ports = cli.ports({ workflow: true });
      const migration = await findLatestMigration(ports, name);
      if (watch) return watchToEnd(cli, ports, migration.migrationId);
      await printMigration(cli, ports, migration, events);
    });

type ReadList = () => Promise<readonly MigrationWithExecution[]>;

/** Returns a function that reads the selected migrations. @throws TenantNotFound */
const readerOf = async (
  ports: Ports,
  { tenant, status: statuses, open, limit }: Pick<Options, 'tenant' | 'status' | 'open' | 'limit'>,
): Promise<ReadList> => {
  if (open && (statuses !== undefined || limit !== undefined))
    throw new InvalidRequest(
      '--open lists all open migrations. Leave it out, or leave out --status and --limit.',
    );
  const count = wholeNumber(limit ?? '20');
  const tenantId = tenant === undefined ? undefined : (await findTenant(ports, tenant)).tenantId;
  if (open) return () => listOpenMigrations(ports, { tenantId });
  return () => listMigrations(ports, { tenantId, statuses, limit: count });
};

const printList = (cli: Cli, found: readonly MigrationWithExecution[], none: string): void => {
  const migrations = found.map(({ migration, execution }) => ({ ...migration, execution }));
  cli.out.result('migrations', { migrations }, () => renderMigrations(found, cli.out.stream.columns, none));
};

/** Shows the list until Ctrl-C. */
const watchList = (cli: Cli, read: ReadList, none: string): Promise<never> => {
  const { clock } = cli.ports();
  const display = createListDisplay(cli.out, none);
  return interruptible('stopped watching; migrations continue', async (signal) => {
    for (;;) {
      display.show(await pollPatiently(read, display.note, signal));
      await clock.sleep(LIST_POLL_MS, signal);
    }
  });
};

const printMigration = async (
  cli: Cli,
  ports: Ports,
  { migrationId }: Migration,
  withEvents: boolean,
): Promise<void> => {
  const { next, ...status } = await readStatus(ports, migrationId);
  const { execution, stoppedBy } = status;
  if (status.isStopped) cli.exitWith(EXIT.failed);
  const events = await ports.migrations.events(migrationId);
  const document = { ...status, events: events.map(({ who: by, ...event }) => ({ ...event, by })) };
  const words = () => [
    ...renderStatus(status, { execution, ...(stoppedBy ? { stoppedBy } : {}) }, Date.now()),
    ...(withEvents ? ['', ...indent(renderEvents(events))] : []),
  ];
  cli.out.result('migration-status', document, words, next);
};

const wholeNumber = (text: string): number => {
  const parsed = z.coerce.number().int().min(1).max(10_000).safeParse(text);
  if (!parsed.success)
    throw new InvalidRequest(`--limit must be a whole number from 1 to 10,000, not '${text}'`);
  return parsed.data;
};
