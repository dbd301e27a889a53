import * as z from 'zod';
import { detailOf } from '../../../functions/aws/event-detail.ts';
import { followEvents } from '../../../functions/migration/events/follow-events.ts';
import type { PublishedEvent } from '../../../functions/migration/events/published-event.ts';
import { epochMs } from '../../../functions/migration/names.ts';
import { findMigration } from '../../../functions/migration/record/find-migration.ts';
import { findTenant } from '../../../functions/migration/registry/find-tenant.ts';
import { type Define, withExamples } from '../cli.ts';
import { parseDuration } from '../duration.ts';
import { renderEvent } from '../render/render-event.ts';
import { interruptible } from '../watching/interrupt.ts';

const Options = z.object({
  follow: z.boolean().default(false),
  since: z.string(),
  tenant: z.string().optional(),
  migration: z.string().optional(),
});

export const defineEvents: Define = (command, cli) =>
  withExamples(command, [
    'events --follow',
    'events --since 7d --tenant cedar-valley',
    'events --follow --json | jq .to',
  ])
    .option('--follow', 'keep running and show each event as it arrives; with --json one document per line')
    .option('--since <duration>', 'how far back to start', '1h')
    .option('--tenant <tenant>', 'only events of this tenant')
    .option('--migration <migration>', 'only events of this migration')
    .addHelpText('after', '\nWith --json each event is printed as its EventBridge detail: docs/events.')
    .action(async (options: unknown) => {
      const { follow, since, tenant, migration } = Options.parse(options);
      const ports = cli.ports();
      // an id that is mistyped would look like one without events
      if (tenant !== undefined) await findTenant(ports, tenant);
      if (migration !== undefined) await findMigration(ports, migration);
      const { prefix } = ports.settings;
      const { columns } = cli.out.stream;
      const from = epochMs(ports.clock.now() - parseDuration(since));
      const matchesFilter = ({ tenantId, migrationId }: PublishedEvent) =>
        (tenant ?? tenantId) === tenantId && (migration ?? migrationId) === migrationId;
      if (follow) {
        return interruptible('stopped following; migrations continue', async (signal) => {
          for await (const event of followEvents(ports, from, signal))
            if (matchesFilter(event))
              cli.out.line(detailOf(event, prefix), () => renderEvent(event, columns));
        });
      }
      const events: PublishedEvent[] = [];
      for await (const event of ports.migrations.eventsSince(from))
        if (matchesFilter(event)) events.push(event);
      cli.out.result('events', { events: events.map((event) => detailOf(event, prefix)) }, () =>
        events.length > 0
          ? events.flatMap((event) => renderEvent(event, columns))
          : [`no events in the last ${since}`],
      );
    });
