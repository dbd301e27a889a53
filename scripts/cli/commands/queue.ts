import { readWholeQueue } from '../../../functions/migration/queue/read-whole-queue.ts';
import { type Define, withExamples } from '../cli.ts';
import { renderQueue } from '../render/render-queue.ts';

export const defineQueue: Define = (command, cli) =>
  withExamples(command, ['queue', 'queue --json']).action(async () => {
    const ports = cli.ports();
    const queue = await readWholeQueue(ports);
    const limits = ports.settings.admission;
    cli.out.result('queue', { ...queue, limits }, () =>
      renderQueue(queue, queue.stopped, limits, ports.clock.now()),
    );
  });
