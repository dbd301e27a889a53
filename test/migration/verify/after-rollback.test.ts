import { expect, test } from 'vitest';
import { abandonRollback } from '../../../functions/migration/operator/abandon-rollback.ts';
import { compareKeptSegment } from '../../../functions/migration/verify/compare-kept-segment.ts';
import { concludeComparison } from '../../../functions/migration/verify/conclude-comparison.ts';
import { heldMigration } from '../../support/held-migration.ts';

const HOUR_MS = 60 * 60_000;
const said = { by: 'ops', reason: 'no longer needed' };

/** A migration in its hold, compared, then rolled back and abandoned on a machine whose clock is off by `ms`. */
const abandonedOnClock = async (ms: number) => {
  const held = await heldMigration();
  const { ports, segment } = held;
  await compareKeptSegment(ports, held.migration, segment);
  const event = { ...{ who: 'ops', reason: 'slow' }, at: ports.clock.now() };
  await ports.migrations.transition(held.migration, 'rollingBack', event, { attempt: 2 });
  ports.clock.advance(ms);
  const holding = await abandonRollback(ports, held.migration.migrationId, said);
  ports.clock.advance(-ms);
  return { ...held, holding };
};

test.each([
  ['ahead', HOUR_MS],
  ['behind', -HOUR_MS],
])(
  "earlier verification is void after an abandoned rollback, with the operator's clock %s",
  async (_, ms) => {
    const { ports, holding, segment } = await abandonedOnClock(ms);
    await expect(concludeComparison(ports, holding)).rejects.toThrow(/1 of 1 segments/);
    expect(await compareKeptSegment(ports, holding, segment)).toMatchObject({ done: true });
    await concludeComparison(ports, holding);
  },
);

test('a comparison of an earlier attempt that ends after the rollback does not count', async () => {
  const { ports, migration, holding, segment } = await abandonedOnClock(0);
  await compareKeptSegment(ports, { ...migration, attempt: 1 }, segment);
  await expect(concludeComparison(ports, holding)).rejects.toThrow(/1 of 1 segments/);
});
