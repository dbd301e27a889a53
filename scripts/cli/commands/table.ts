import type { Command } from 'commander';
import * as z from 'zod';
import { InvalidRequest } from '../../../functions/migration/errors.ts';
import type { TableName } from '../../../functions/migration/names.ts';
import { addTable } from '../../../functions/migration/operator/add-table.ts';
import { reinstateTable, retireTable } from '../../../functions/migration/operator/retire-table.ts';
import { type Cli, commandWithExamples, type Define, withExamples } from '../cli.ts';
import { EXIT } from '../exit-codes.ts';
import { firstOrUndefined } from '../first-of.ts';
import { withMoveDisplay, withWatchAllOption } from '../move-display.ts';
import { formatCounted } from '../render/figures.ts';
import { renderRetirement, renderTierTables } from '../render/render-tier-tables.ts';
import { AuditOptions, withReasonOption } from './request-options.ts';

export const defineTable: Define = (command, cli) =>
  withExamples(command, [
    'table list',
    'table add basic',
    'table retire saas-tenant-data-basic.2 --watch',
    'table reinstate saas-tenant-data-basic.2',
  ])
    .addCommand(listCommand(cli))
    .addCommand(addCommand(cli))
    .addCommand(retireCommand(cli))
    .addCommand(reinstateCommand(cli));

const ListOptions = z.object({ tier: z.string().optional(), all: z.boolean().default(false) });

const listCommand = (cli: Cli): Command =>
  commandWithExamples('list', 'List the tier tables with their tenants and free slots', [
    'table list',
    'table list --tier basic --json',
  ])
    .option('--tier <tier>', 'only tables of this tier')
    .option('--all', 'include dropped tables, whose names are never used again')
    .action(async (options: unknown) => {
      const { tier, all } = ListOptions.parse(options);
      const ports = cli.ports();
      const order = ports.settings.tiers.map(({ name }) => name);
      const tiers = order.find((name) => name === tier);
      if (tier !== undefined && !tiers)
        throw new InvalidRequest(`there is no tier '${tier}'; the catalogue has ${order.join(', ')}`);
      const registered = await firstOrUndefined(ports.registry.tables(tiers), Number.POSITIVE_INFINITY);
      const tables = registered
        .filter(({ state }) => all || state !== 'dropped')
        .sort(
          (a, b) => order.indexOf(a.tier) - order.indexOf(b.tier) || a.table.localeCompare(b.table, 'en'),
        );
      cli.out.result('tables', { tables }, () => renderTierTables(tables));
    });

const AddOptions = AuditOptions.extend({ table: z.string().optional() });

const addCommand = (cli: Cli): Command =>
  withReasonOption(
    commandWithExamples('add', "Create a tier's next shared table in advance, or adopt an existing table", [
      'table add basic',
      'table add basic --table prod-tenants --reason "our first table"',
    ]).argument('<tier>', 'a tier with shared tables'),
  )
    .option('--table <table>', 'adopt this existing table (default: create the next one)')
    .action(async (tier: string, options: unknown) => {
      const { table: existing, ...note } = AddOptions.parse(options);
      const table = await addTable(cli.ports(), tier, existing, note);
      cli.out.result('table', { table }, () => [
        `table ${table.table} is ready, with free slots for ${formatCounted(table.freeSlots, 'tenant')} of tier ${table.tier}.`,
      ]);
    });

const RetireOptions = AuditOptions.extend({ watch: z.boolean().default(false) });

const retireCommand = (cli: Cli): Command =>
  withWatchAllOption(
    withReasonOption(
      commandWithExamples(
        'retire',
        'Stop placing tenants in a table and move its tenants to other tables of the tier (safe to re-run)',
        [
          'table retire saas-tenant-data-basic.2',
          'table retire saas-tenant-data-basic --watch --reason "too hot"',
        ],
      ).argument('<table>', 'a tier table'),
      'its table is retired',
    ),
  ).action(async (table: string, options: unknown) => {
    const { watch, by, reason } = RetireOptions.parse(options);
    const ports = cli.ports({ workflow: true });
    const commandToContinue = () => `tierferry table retire ${table}`;
    const retired = await withMoveDisplay(cli, { watch, by, goOn: commandToContinue }, (moveOptions) =>
      retireTable(ports, { ...moveOptions, table, reason }),
    );
    cli.exitWith(retired.stays.length === 0 && retired.coming === 0 ? EXIT.done : EXIT.failed);
    cli.out.result('retired', { retired }, () => renderRetirement(retired));
  });

const reinstateCommand = (cli: Cli): Command =>
  withReasonOption(
    commandWithExamples('reinstate', 'Place tenants again in a table that was being retired', [
      'table reinstate saas-tenant-data-basic.2',
    ]).argument('<table>', 'a tier table'),
  ).action(async (name: string, options: unknown) => {
    const ports = cli.ports();
    const before = await ports.registry.table(name as TableName);
    const isActive = before?.state === 'active';
    const note = AuditOptions.parse(options);
    const table = isActive ? before.table : await reinstateTable(ports, name, note);
    cli.out.result('reinstated', { table }, () => [
      isActive
        ? `table ${table} is not being retired, and tenants are placed in it. Nothing was changed.`
        : `tenants are placed in table ${table} again.`,
    ]);
  });
