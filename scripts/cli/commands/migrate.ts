import { fallbackIfDamaged } from '../../../functions/migration/fallback-if-damaged.ts';
import { nextOf } from '../../../functions/migration/operator/actions.ts';
import { isAdmitted } from '../../../functions/migration/queue/read-queue.ts';
import { checkRequest, requestMigration } from '../../../functions/migration/requests/request-migration.ts';
import { type Define, withExamples } from '../cli.ts';
import { confirmIrreversible, withYesOption } from '../confirm-irreversible.ts';
import { parseDuration } from '../duration.ts';
import { showPlan } from '../show-plan.ts';
import { watchToEnd } from '../watch-to-end.ts';
import {
  limitsOf,
  RequestOptions,
  targetOf,
  WATCH_OPTION,
  withLimits,
  withReasonOption,
  withTarget,
} from './request-options.ts';

const WITHOUT_HOLD = {
  request: 'migrate --hold 0',
  effect:
    "The tenant's items in the source are deleted right after the flip. No rollback is possible after that.",
};

export const defineMigrate: Define = (command, cli) =>
  withYesOption(
    withReasonOption(
      withLimits(
        withTarget(
          withExamples(command, [
            'migrate cedar-valley --to advanced --dry-run',
            'migrate cedar-valley --to advanced --watch',
            'migrate cedar-valley --to advanced --hold-cutover',
            'migrate cedar-valley --to advanced --write-units 200 --read-units 500',
            'migrate noisy-district --elsewhere --watch',
            'migrate cedar-valley --to premium --dedicated --hold 48h --reason "asked for by the district"',
          ]),
        ),
      ),
      'requested by hand',
    ),
  )
    .option('--dry-run', 'plan only; the same as the plan command')
    .option(...WATCH_OPTION)
    .option(
      '--hold <duration>',
      "how long the source is kept after the flip, e.g. 0, 30m, 24h, 7d (default: the deployment's setting)",
    )
    .option('--hold-cutover', "wait before the cutover until you release it with 'tierferry cutover'")
    .action(async (tenantId: string, options: unknown) => {
      const asked = RequestOptions.parse(options);
      const holdMs = asked.hold === undefined ? undefined : parseDuration(asked.hold);
      const request = {
        tenantId,
        ...targetOf(asked),
        ...(holdMs === undefined ? {} : { holdMs }),
        holdCutover: asked.holdCutover,
        ...limitsOf(asked),
        requestedBy: asked.by,
        reason: asked.reason,
      };
      if (asked.dryRun) return showPlan(cli, request);
      const ports = cli.ports({ workflow: true });
      if (holdMs === 0) {
        await checkRequest(ports, request);
        await confirmIrreversible(cli, asked.yes, { ...WITHOUT_HOLD, tenantId });
      }
      const migration = await requestMigration(ports, request);
      const { migrationId } = migration;
      if (asked.watch) {
        cli.out.say(
          `migration ${migrationId}: tenant ${tenantId}, ${migration.source.tier} to ${migration.target.tier}`,
        );
        return watchToEnd(cli, ports, migrationId);
      }
      const isWaiting = !(await fallbackIfDamaged(isAdmitted(ports, migrationId), false));
      const words = () => [
        `${migrationId} is requested${isWaiting ? ' and queued (tierferry queue)' : ''}.`,
        `watch it: tierferry status ${migrationId} --watch`,
      ];
      cli.out.result('migration', { migration }, words, nextOf(migration));
    });
