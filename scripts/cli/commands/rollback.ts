import * as z from 'zod';
import { InvalidRequest } from '../../../functions/migration/errors.ts';
import { abandonRollback } from '../../../functions/migration/operator/abandon-rollback.ts';
import { nextOf } from '../../../functions/migration/operator/actions.ts';
import { rollbackMigration } from '../../../functions/migration/operator/rollback-migration.ts';
import { type Define, withExamples } from '../cli.ts';
import { confirmAction, withYesOption } from '../confirm-irreversible.ts';
import { findOpenMigration } from '../find-named-migration.ts';
import { watchToEnd } from '../watch-to-end.ts';
import { AuditOptions, WATCH_OPTION, withReasonOption } from './request-options.ts';
import { requestRollbackChange } from './rollback-change.ts';

const Options = AuditOptions.extend({
  watch: z.boolean().default(false),
  discardStragglers: z.boolean().default(false),
  abandon: z.boolean().default(false),
  yes: z.boolean().default(false),
});

export const defineRollback: Define = (command, cli) =>
  withYesOption(
    withReasonOption(
      withExamples(command, [
        'rollback cedar-valley --reason "reports are slow"',
        'rollback mig-20260304050607-1a2b3c4d --watch',
        'rollback mig-20260304050607-1a2b3c4d --discard-stragglers --yes',
        'rollback mig-20260304050607-1a2b3c4d --abandon --reason "no longer needed"',
      ]),
    ),
  )
    .option(...WATCH_OPTION)
    .option(
      '--discard-stragglers',
      "keep the target's values of keys that were written to the source after the flip",
    )
    .option('--abandon', 'give up a rollback that has not flipped back; the tenant stays on the target')
    .action(async (named: string, options: unknown) => {
      const { watch, discardStragglers, abandon, yes, ...note } = Options.parse(options);
      if (abandon && discardStragglers)
        throw new InvalidRequest(
          '--abandon ends a rollback and --discard-stragglers begins one. Nothing was changed. Give only one of them.',
        );
      const ports = cli.ports({ workflow: true });
      const before = await findOpenMigration(ports, named);
      const { migrationId: id } = before;
      if (abandon) {
        const migration = await abandonRollback(ports, id, note);
        if (watch) return watchToEnd(cli, ports, id);
        const words = () => [
          `The rollback of ${id} is abandoned: ${migration.tenantId} stays on ${migration.target.table}, and the hold continues.`,
          `watch it: tierferry status ${id} --watch`,
        ];
        return cli.out.result('migration', { migration }, words, nextOf(migration));
      }
      if (discardStragglers)
        await confirmAction(cli, yes, {
          request: 'rollback --discard-stragglers',
          action: 'rollback-discarding',
          migration: before,
        });
      const migration = await rollbackMigration(ports, id, note, { discardStragglers });
      const { tenantId, source } = migration;
      if (watch) {
        cli.out.say(`rollback of ${id}: tenant ${tenantId}, back to ${source.table}`);
        for (const line of requestRollbackChange(migration)) cli.out.say(line);
        return watchToEnd(cli, ports, id, 'rolledBack');
      }
      const words = () => [
        `${id} is being rolled back: ${tenantId} goes back to ${source.table}.`,
        ...requestRollbackChange(migration),
        `watch it: tierferry status ${id} --watch`,
      ];
      cli.out.result('migration', { migration }, words, nextOf(migration));
    });
