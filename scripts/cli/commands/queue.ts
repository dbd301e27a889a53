import type { Command } from 'commander';
import { stoppedMigrations } from '../../../functions/migration/execution.ts';
import { readQueue } from '../../../functions/migration/queue/read-queue.ts';
import { type Cli, commandWithExamples } from '../cli.ts';
import { renderQueue } from '../render/render-queue.ts';

export const queueCommand = (cli: Cli): Command =>
  commandWithExamples('queue', 'Show which migrations are on their way, and which wait for their turn', [
    'queue',
    'queue --json',
  ]).action(async () => {
    const ports = cli.ports();
    const queue = await readQueue(ports);
    const stopped = await stoppedMigrations(ports);
    const ids = new Set(stopped.map(({ migrationId }) => migrationId));
    const live = {
      ...queue,
      underWay: queue.underWay.filter(({ migration }) => !ids.has(migration.migrationId)),
    };
    const limits = ports.settings.admission;
    cli.out.result('queue', { ...live, stopped, limits }, () =>
      renderQueue(live, stopped, limits, ports.clock.now()),
    );
  });
