import type { Command } from 'commander';
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
    cli.out.result({ queue, limits: ports.settings.admission }, () =>
      renderQueue(queue, ports.settings.admission, ports.clock.now()),
    );
  });
