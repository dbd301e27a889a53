import { expect, test } from 'vitest';
import { transferOf } from '../../../functions/migration/apply/transfer.ts';
import { Budget } from '../../../functions/migration/cutover/budget.ts';
import { fenceWrites, flipRoute } from '../../../functions/migration/cutover/fence.ts';
import { cutoverWorld } from '../../support/cutover-world.ts';

test('a flip records when the phases of its fence ended, each by its first end', async () => {
  const { ports, migration, route } = await cutoverWorld();
  const { clock, settings } = ports;
  const transfer = await transferOf(ports, migration, 'forward');
  const budget = new Budget(clock, settings.maxFenceMs);
  const fenced = await fenceWrites({ ports, migration, direction: 'forward', transfer }, route);
  for (const phase of ['leasesOut', 'sentinels', 'sentinels', 'drained'] as const) {
    clock.advance(100);
    budget.ended(phase);
  }
  await flipRoute(fenced, budget.phases);
  const flipped = await ports.migrations.get(migration.migrationId);
  expect(flipped?.fences).toEqual({
    ...{ totalMs: 400, forwardMs: 400 },
    forwardPhases: { leasesOut: 100, sentinels: 200, drained: 400 },
  });
});
