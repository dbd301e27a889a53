import { WatchInput, watchdogStep } from '../aws/step.ts';
import { watchFence } from '../migration/cutover/watch-fence.ts';

export const handler = watchdogStep(WatchInput, (ports, migration, { watchedSince }) =>
  watchFence(ports, migration, watchedSince),
);
