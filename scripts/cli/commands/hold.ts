import * as z from 'zod';
import { InvalidRequest } from '../../../functions/migration/errors.ts';
import { formatDuration } from '../../../functions/migration/format-duration.ts';
import type { Migration } from '../../../functions/migration/migration.ts';
import type { EpochMs } from '../../../functions/migration/names.ts';
import { nextOf } from '../../../functions/migration/operator/actions.ts';
import {
  holdEndsAt,
  holdMigration,
  isShorter,
  type NewHold,
} from '../../../functions/migration/operator/hold-migration.ts';
import { secondsBetweenPolls } from '../../../functions/migration/settings/hold-polls.ts';
import { type Define, withExamples } from '../cli.ts';
import { confirmAction, withYesOption } from '../confirm-irreversible.ts';
import { parseDuration } from '../duration.ts';
import { findOpenMigration } from '../find-named-migration.ts';
import { formatTime } from '../render/figures.ts';
import { withByOption } from './request-options.ts';

const MS = 1_000;

const Options = z.object({
  for: z.string().optional(),
  endNow: z.boolean().default(false),
  reason: z.string().optional(),
  by: z.string(),
  yes: z.boolean().default(false),
});

export const defineHold: Define = (command, cli) =>
  withYesOption(
    withByOption(
      withExamples(command, [
        'hold cedar-valley --for 7d',
        'hold mig-20260304050607-1a2b3c4d --end-now --reason "checked by the district"',
      ]),
    ),
  )
    .option('--for <duration>', 'how long after the flip the source is kept, e.g. 0, 24h, 7d; at most 300d')
    .option('--end-now', 'end the hold now; the kept source is compared once more and then deleted')
    .option('--reason <text>', 'reason, for the audit trail; required to shorten a hold')
    .action(async (named: string, options: unknown) => {
      const { reason, by, yes, ...asked } = Options.parse(options);
      const hold = holdOf(asked);
      const ports = cli.ports();
      const before = await findOpenMigration(ports, named);
      const { migrationId: id } = before;
      if (reason === undefined && isShorter(before, hold))
        throw new InvalidRequest(
          'shortening the hold also shortens the time for a rollback, so a reason is required. Nothing was changed. Give a --reason.',
        );
      if (endsNow(before, hold, ports.clock.now()))
        await confirmAction(cli, yes, {
          request: hold === 'endNow' ? 'hold --end-now' : `hold --for ${asked.for}`,
          action: 'end-hold',
          migration: before,
        });
      const migration = await holdMigration(ports, id, hold, { by, reason: reason ?? 'by hand' });
      const endsAt = holdEndsAt(migration);
      const words = () => [
        endsAt === undefined
          ? `${id}: the source is kept for ${formatDuration(migration.holdMs)} after the flip.`
          : endsAt <= ports.clock.now()
            ? `the hold of ${id} is over; the clean-up begins at the next poll, in ${formatDuration(secondsBetweenPolls(before.holdMs) * MS)} at most.`
            : `${id}: the source is kept until ${formatTime(endsAt)}.`,
        ...(migration.paused ? [`it is paused; nothing is deleted until 'tierferry resume ${id}'`] : []),
      ];
      cli.out.result('migration', { migration }, words, nextOf(migration));
    });

/** True if the source would be deleted now, since the new hold is over. */
const endsNow = (migration: Migration, hold: NewHold, now: EpochMs): boolean =>
  hold === 'endNow' || (holdEndsAt({ ...migration, holdMs: hold.holdMs }) ?? Number.POSITIVE_INFINITY) <= now;

const holdOf = ({
  for: text,
  endNow,
}: {
  readonly for?: string | undefined;
  readonly endNow: boolean;
}): NewHold => {
  if (endNow === (text !== undefined))
    throw new InvalidRequest('give either --for <duration> or --end-now. Nothing was changed.');
  return text === undefined ? 'endNow' : { holdMs: parseDuration(text) };
};
