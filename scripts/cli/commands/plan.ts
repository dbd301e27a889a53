import { type Define, withExamples } from '../cli.ts';
import { showPlan } from '../show-plan.ts';
import { RequestOptions, targetOf, withReasonOption, withTarget } from './request-options.ts';

export const definePlan: Define = (command, cli) =>
  withReasonOption(
    withTarget(
      withExamples(command, [
        'plan cedar-valley --to advanced',
        'plan big-district --to premium --dedicated --json > plan.json',
      ]),
    ),
    'planned by hand',
  ).action(async (tenantId: string, options: unknown) => {
    const asked = RequestOptions.parse(options);
    await showPlan(cli, {
      tenantId,
      ...targetOf(asked),
      requestedBy: asked.by,
      reason: asked.reason,
    });
  });
