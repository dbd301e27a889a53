import type { Command } from 'commander';
import { fallbackIfDamaged } from '../../../functions/migration/fallback-if-damaged.ts';
import { nextOf } from '../../../functions/migration/operator/actions.ts';
import { isAdmitted } from '../../../functions/migration/queue/read-queue.ts';
import { requestMigration } from '../../../functions/migration/requests/request-migration.ts';
import { type Cli, commandWithExamples } from '../cli.ts';
import { parseDuration } from '../duration.ts';
import { showPlan } from '../show-plan.ts';
import { watchToEnd } from '../watch-to-end.ts';
import {
  parseUnits,
  RequestOptions,
  targetOf,
  WATCH_OPTION,
  withByOption,
  withTarget,
} from './request-options.ts';

export const migrateCommand = (cli: Cli): Command =>
  withByOption(
    withTarget(
      commandWithExamples('migrate', "Move a tenant to another tier's table", [
        'migrate cedar-valley --to advanced --dry-run',
        'migrate cedar-valley --to advanced --watch',
        'migrate cedar-valley --to advanced --hold-cutover',
        'migrate noisy-district --elsewhere --watch',
        'migrate cedar-valley --to premium --dedicated --hold 48h --reason "asked for by the district"',
      ]).argument('<tenant>', 'tenant id'),
    ),
  )
    .option('--dry-run', 'plan only; the same as the plan command')
    .option(...WATCH_OPTION)
    .option(
      '--hold <duration>',
      "how long the source is kept after the flip, e.g. 0, 30m, 24h, 7d (default: the deployment's setting)",
    )
    .option('--hold-cutover', "wait before the cutover until you release it with 'tierferry cutover'")
    .option('--read-units <n>', "read units per second in each table (default: the deployment's setting)")
    .option('--reason <text>', 'reason, for the audit trail', 'requested by hand')
    .action(async (tenantId: string, options: unknown) => {
      const asked = RequestOptions.parse(options);
      const readUnits = parseUnits('--read-units', asked.readUnits);
      const request = {
        tenantId,
        ...targetOf(asked),
        ...(asked.hold === undefined ? {} : { holdMs: parseDuration(asked.hold) }),
        holdCutover: asked.holdCutover,
        ...(typeof readUnits === 'number' ? { readUnitsPerSecond: readUnits } : {}),
        requestedBy: asked.by,
        reason: asked.reason,
      };
      if (asked.dryRun) return showPlan(cli, request);
      const ports = cli.ports({ workflow: true });
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
