import { fallbackIfDamaged } from '../../../migration/fallback-if-damaged.ts';
import type { Ports } from '../../../migration/ports.ts';
import { limitReached } from '../../../migration/queue/pick-admissions.ts';
import { readWholeQueue } from '../../../migration/queue/read-whole-queue.ts';
import { countedItems, countedLabel, countedLabels } from '../../../migration/settings/counted-items.ts';
import type { Settings } from '../../../migration/settings/settings.ts';
import { type App, addEndpoint, none } from '../http/endpoint.ts';

/** Returns what is counted for the tiers' limits, with its names. */
const countedOf = (settings: Settings) => ({
  prefix: countedItems(settings).prefix,
  label: countedLabel(settings),
  labels: countedLabels(settings),
});

/** Adds what a page shows first: who one is, the queue and the catalogue. */
export const addOverview = (app: App, ports: Ports): void => {
  const get = { method: 'get', role: 'viewer', params: none, query: none, body: none } as const;
  addEndpoint(app, ports, {
    ...get,
    path: '/session',
    operationId: 'getSession',
    summary:
      'Shows the subject of the caller, the deployment, and what is counted for the limits of its tiers.',
    answer: 'Session',
    give: async ({ subject }) => ({
      content: {
        ...{ subject, deployment: ports.settings.prefix, counted: countedOf(ports.settings) },
        now: ports.clock.now(),
      },
    }),
  });
  addEndpoint(app, ports, {
    ...get,
    path: '/queue',
    operationId: 'getQueue',
    summary: 'Shows running, queued and stopped migrations.',
    answer: 'Queue',
    give: async () => {
      const queue = await readWholeQueue(ports);
      const { admitted } = await fallbackIfDamaged(ports.admissions.current(), { admitted: [] });
      const waiting = queue.waiting.map((migration) => ({
        ...migration,
        waitsFor: limitReached(ports.settings, admitted, migration) ?? null,
      }));
      const limits = ports.settings.admission;
      return { content: { ...queue, waiting, damaged: queue.damaged ?? null, limits } };
    },
  });
  addEndpoint(app, ports, {
    ...get,
    path: '/catalogue',
    operationId: 'getCatalogue',
    summary: 'Shows the tiers and their limits.',
    answer: 'Catalogue',
    give: async () => ({ content: { tiers: ports.settings.tiers } }),
  });
};
