import { expect, test } from 'vitest';
import { wayOf } from '../../../functions/migration/apply/way.ts';
import { Budget } from '../../../functions/migration/routing/budget.ts';
import { fenceWrites, flipRoute } from '../../../functions/migration/routing/fence.ts';
import { cutoverWorld } from '../../support/cutover-world.ts';

test('a flip records when the phases of its fence ended, each by its first end', async () => {
  const { ports, migration, route } = await cutoverWorld();
  const { clock, settings } = ports;
  const way = await wayOf(ports, migration, 'forth');
  const budget = new Budget(clock, settings.maxFenceMs);
  const fenced = await fenceWrites(ports, migration, route, way, 'forth');
  for (const phase of ['leasesOut', 'sentinels', 'sentinels', 'drained'] as const) {
    clock.advance(100);
    budget.ended(phase);
  }
  await flipRoute(ports, fenced, way, 'forth', budget.phases);
  const flipped = await ports.migrations.get(migration.migrationId);
  expect(flipped?.fences).toEqual({
    ...{ totalMs: 400, forwardMs: 400 },
    forwardPhases: { leasesOut: 100, sentinels: 200, drained: 400 },
  });
});
