import type { Command } from 'commander';
import { type Cli, commandWithExamples } from '../cli.ts';
import { showPlan } from '../show-plan.ts';
import { RequestOptions, targetOf, withByOption, withTarget } from './request-options.ts';

export const planCommand = (cli: Cli): Command =>
  withByOption(
    withTarget(
      commandWithExamples('plan', 'Show what a migration would do; reads live data and changes nothing', [
        'plan cedar-valley --to advanced',
        'plan big-district --to premium --dedicated --json > plan.json',
      ]).argument('<tenant>', 'tenant id'),
    ),
  )
    .option('--reason <text>', 'reason, for the audit trail', 'planned by hand')
    .action(async (tenantId: string, options: unknown) => {
      const asked = RequestOptions.parse(options);
      await showPlan(cli, {
        tenantId,
        ...targetOf(asked),
        requestedBy: asked.by,
        reason: asked.reason,
      });
    });
