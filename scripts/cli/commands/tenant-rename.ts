import type { Command } from 'commander';
import * as z from 'zod';
import { renameTenant } from '../../../functions/migration/tenants/rename-tenant.ts';
import { type Cli, commandWithExamples } from '../cli.ts';
import { withOptionalReason } from './request-options.ts';

const Options = z.object({ by: z.string(), reason: z.string().optional() });

export const renameCommand = (cli: Cli): Command =>
  withOptionalReason(
    commandWithExamples('rename', "Change a tenant's display name (safe to re-run)", [
      'tenant rename cedar-valley "Cedar Valley Unified District" --reason "merger"',
    ])
      .argument('<tenant>', 'tenant id, which stays')
      .argument('<name>', 'new display name'),
  )
    .addHelpText('after', "\nThe id cannot be changed: it is the partition key of the tenant's items.")
    .action(async (id: string, name: string, options: unknown) => {
      const tenant = await renameTenant(cli.ports(), id, name, Options.parse(options));
      cli.out.result('tenant', { tenant }, () => [`tenant ${id} is called ${tenant.name}.`]);
    });
