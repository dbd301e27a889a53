import { PLAN_REASON } from '../../../functions/migration/requests/plan-reason.ts';
import { type Define, withExamples } from '../cli.ts';
import { showPlan } from '../show-plan.ts';
import {
  limitsOf,
  RequestOptions,
  targetOf,
  withLimits,
  withReasonOption,
  withTarget,
} from './request-options.ts';

export const definePlan: Define = (command, cli) =>
  withReasonOption(
    withLimits(
      withTarget(
        withExamples(command, [
          'plan cedar-valley --to advanced',
          'plan cedar-valley --to advanced --write-units 200    # how long it takes under a limit',
          'plan big-district --to premium --dedicated --json > plan.json',
        ]),
      ),
    ),
    PLAN_REASON,
  ).action(async (tenantId: string, options: unknown) => {
    const asked = RequestOptions.parse(options);
    await showPlan(cli, {
      tenantId,
      ...targetOf(asked),
      ...limitsOf(asked),
      requestedBy: asked.by,
      reason: asked.reason,
    });
  });
