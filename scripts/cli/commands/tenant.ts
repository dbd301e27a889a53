import type { Command } from 'commander';
import * as z from 'zod';
import { InvalidRequest } from '../../../functions/migration/errors.ts';
import { registerTenant } from '../../../functions/migration/operator/register-tenant.ts';
import { setPreferences } from '../../../functions/migration/operator/set-preferences.ts';
import { listMigrations } from '../../../functions/migration/record/execution.ts';
import { findTenant } from '../../../functions/migration/registry/find-tenant.ts';
import { choiceOption } from '../choice.ts';
import { type Cli, commandWithExamples, type Define, withExamples } from '../cli.ts';
import { firstOrUndefined } from '../first-of.ts';
import { preferencesOf, renderTenant, renderTenants } from '../render/render-tenants.ts';
import { withOptionalReason } from './request-options.ts';
import { importCommand } from './tenant-import.ts';
import { removeCommand } from './tenant-remove.ts';
import { renameCommand } from './tenant-rename.ts';

/** Number of migrations shown with a tenant. */
const SHOWN_MIGRATIONS = 10;

export const defineTenant: Define = (command, cli) =>
  withExamples(command, [
    'tenant add cedar-valley --tier basic --name "Cedar Valley District" --schools 9',
    'tenant list --tier basic',
    'tenant show cedar-valley',
    'tenant set cedar-valley --pin advanced',
    'tenant import tenants.csv --dry-run',
    'tenant remove cedar-valley',
  ])
    .addCommand(addCommand(cli))
    .addCommand(importCommand(cli))
    .addCommand(listCommand(cli))
    .addCommand(showCommand(cli))
    .addCommand(setCommand(cli))
    .addCommand(renameCommand(cli))
    .addCommand(removeCommand(cli));

const AddOptions = z.object({
  tier: z.string(),
  name: z.string().optional(),
  dedicated: z.boolean().default(false),
  table: z.string().optional(),
  schools: z.string().default('0'),
  by: z.string(),
  reason: z.string().optional(),
});

const addCommand = (cli: Cli): Command =>
  withOptionalReason(
    commandWithExamples('add', 'Register a tenant in a table of its tier with a free slot', [
      'tenant add cedar-valley --tier basic --name "Cedar Valley District" --schools 9',
      'tenant add big-district --tier premium --dedicated',
      'tenant add old-district --tier basic --table prod-tenants',
    ]).argument(
      '<tenant>',
      'tenant id: letters, digits, hyphens and underscores, unless the setting tenantIds allows more',
    ),
  )
    .requiredOption('--tier <tier>', 'tier of the tenant')
    .option('--name <name>', 'display name (default: the id)')
    .option('--schools <count>', 'number of its schools', '0')
    .option('--dedicated', 'give it a table of its own, if the tier allows it')
    .option('--table <table>', 'your table that holds its items (default: one is chosen, or created)')
    .action(async (tenantId: string, options: unknown) => {
      const { tier, name, dedicated, table, schools, by, reason } = AddOptions.parse(options);
      const schoolCount = parseSchools(schools);
      const tenant = await registerTenant(cli.ports(), {
        tenantId,
        name: name ?? tenantId,
        tier,
        dedicated,
        ...(table === undefined ? {} : { table }),
        schoolCount,
        by,
        ...(reason === undefined ? {} : { reason }),
      });
      cli.out.result('tenant', { tenant }, () => [`tenant ${tenantId} is registered in ${tenant.table}.`]);
    });

const parseSchools = (text: string): number => {
  const parsed = z.coerce.number().int().min(0).safeParse(text);
  if (!parsed.success || text.trim() === '')
    throw new InvalidRequest(`--schools must be a whole number from 0, not '${text}'. Nothing was changed.`);
  return parsed.data;
};

const ON_OFF = ['on', 'off'] as const;
const SetOptions = z.object({
  autoMigrate: z.enum(ON_OFF).optional(),
  pin: z.string().optional(),
  dedicated: z.enum(ON_OFF).optional(),
  by: z.string(),
  reason: z.string().optional(),
});

const setCommand = (cli: Cli): Command =>
  withOptionalReason(
    commandWithExamples('set', 'Set how a tenant is moved when it outgrows its tier', [
      'tenant set cedar-valley --auto-migrate off --reason "exam week"',
      'tenant set cedar-valley --pin advanced',
      'tenant set cedar-valley --pin none --auto-migrate on --dedicated on',
    ]).argument('<tenant>', 'tenant id'),
  )
    .addOption(choiceOption('--auto-migrate <on|off>', 'move it automatically', ON_OFF))
    .option('--pin <tier>', 'move it automatically to this tier only; none for any tier')
    .addOption(
      choiceOption('--dedicated <on|off>', 'give it a table of its own if its tier allows one', ON_OFF),
    )
    .action(async (id: string, options: unknown) => {
      const { autoMigrate, pin, dedicated, by, reason } = SetOptions.parse(options);
      const preferences = {
        ...(autoMigrate === undefined ? {} : { autoMigrate }),
        ...(pin === undefined ? {} : { pin }),
        ...(dedicated === undefined ? {} : { dedicated: dedicated === 'on' }),
      };
      const tenant = await setPreferences(cli.ports(), id, preferences, { by, reason });
      cli.out.result('tenant', { tenant }, () => [`tenant ${id}: ${preferencesOf(tenant)}`]);
    });

const ListOptions = z.object({ tier: z.string().optional() });

const listCommand = (cli: Cli): Command =>
  commandWithExamples('list', 'List the tenants', ['tenant list', 'tenant list --tier basic --json'])
    .option('--tier <tier>', 'only tenants of this tier')
    .action(async (options: unknown) => {
      const { tier } = ListOptions.parse(options);
      const ports = cli.ports();
      const tiers = ports.settings.tiers.map(({ name }) => name);
      if (tier !== undefined && !tiers.some((name) => name === tier))
        throw new InvalidRequest(`there is no tier '${tier}'; the catalogue has ${tiers.join(', ')}`);
      const all = await firstOrUndefined(ports.registry.tenants(), Number.POSITIVE_INFINITY);
      const order = new Map(tiers.map((name, n) => [name, n]));
      const tenants = all
        .filter((tenant) => tier === undefined || tenant.tier === tier)
        .sort(
          (a, b) =>
            (order.get(a.tier) ?? -1) - (order.get(b.tier) ?? -1) ||
            a.tenantId.localeCompare(b.tenantId, 'en'),
        );
      cli.out.result('tenants', { tenants }, () =>
        renderTenants(tenants, cli.out.stream.columns, ports.settings),
      );
    });

const showCommand = (cli: Cli): Command =>
  commandWithExamples('show', 'Show a tenant, its route and its latest migrations', [
    'tenant show cedar-valley',
  ])
    .argument('<tenant>', 'tenant id')
    .action(async (id: string) => {
      const ports = cli.ports();
      const tenant = await findTenant(ports, id);
      const route = await ports.routes.get(tenant.tenantId);
      const listed = await listMigrations(ports, { tenantId: tenant.tenantId, limit: SHOWN_MIGRATIONS });
      const migrations = listed.map(({ migration, execution }) => ({ ...migration, execution }));
      cli.out.result('tenant-detail', { tenant, route: route ?? null, migrations }, () =>
        renderTenant(tenant, route, listed, cli.out.stream.columns, ports.settings),
      );
    });
