import { WatchInput, watch } from '../aws/stage.ts';
import { watchFence } from '../migration/routing/watch-fence.ts';

export const handler = watch(WatchInput, (ports, migration, { watchedSince }) =>
  watchFence(ports, migration, watchedSince),
);
