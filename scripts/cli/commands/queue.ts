import type { Command } from 'commander';
import { readWholeQueue } from '../../../functions/migration/queue/read-whole-queue.ts';
import { type Cli, commandWithExamples } from '../cli.ts';
import { renderQueue } from '../render/render-queue.ts';

export const queueCommand = (cli: Cli): Command =>
  commandWithExamples('queue', 'Show running and queued migrations', ['queue', 'queue --json']).action(
    async () => {
      const ports = cli.ports();
      const queue = await readWholeQueue(ports);
      const limits = ports.settings.admission;
      cli.out.result('queue', { ...queue, limits }, () =>
        renderQueue(queue, queue.stopped, limits, ports.clock.now()),
      );
    },
  );
