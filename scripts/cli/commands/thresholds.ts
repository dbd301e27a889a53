import * as z from 'zod';
import { InvalidRequest } from '../../../functions/migration/errors.ts';
import { nearTenants } from '../../../functions/migration/growth/tenants-near-limit.ts';
import { type Define, withExamples } from '../cli.ts';
import { firstOrUndefined } from '../first-of.ts';
import { renderThresholds } from '../render/render-thresholds.ts';

const PERCENT = 100;
const Options = z.object({ near: z.string(), count: z.boolean().default(false) });

export const defineThresholds: Define = (command, cli) =>
  withExamples(command, ['thresholds', 'thresholds --near 50', 'thresholds --count --json'])
    .option('--near <percent>', 'list tenants at or above this percentage of their limit', '80')
    .option('--count', "count schools in the tenants' tables now (two read units per school)")
    .action(async (options: unknown) => {
      const { near, count } = Options.parse(options);
      const ports = cli.ports();
      const found = await firstOrUndefined(
        nearTenants(ports, { share: parsePercent(near) / PERCENT, counts: count }),
        Number.POSITIVE_INFINITY,
      );
      const tenants = found.sort(
        (a, b) => (b.share ?? 0) - (a.share ?? 0) || a.tenant.tenantId.localeCompare(b.tenant.tenantId, 'en'),
      );
      const { tiers } = ports.settings;
      cli.out.result('thresholds', { tiers, tenants }, () =>
        renderThresholds(tiers, tenants, cli.out.stream.columns, ports.settings),
      );
    });

const parsePercent = (text: string): number => {
  const parsed = z.coerce.number().min(0).max(PERCENT).safeParse(text);
  if (!parsed.success || text.trim() === '')
    throw new InvalidRequest(`--near must be a percentage from 0 to 100, not '${text}'`);
  return parsed.data;
};
