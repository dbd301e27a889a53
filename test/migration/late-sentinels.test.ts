import { expect, test } from 'vitest';
import { checkHold } from '../../functions/migration/clean-up/check-hold.ts';
import { Unavailable } from '../../functions/migration/errors.ts';
import { lastSentinelKey, sentinelItem } from '../../functions/migration/items/sentinel.ts';
import { placeSentinels } from '../../functions/migration/journal/place-sentinels.ts';
import type { TableName } from '../../functions/migration/names.ts';
import { discardTarget } from '../../functions/migration/rollback/discard-target.ts';
import { heldMigration } from '../support/held-migration.ts';
import { aRoute } from '../support/records.ts';

const LATE_MS = 60_000;
const KEY = lastSentinelKey('late');

const world = async (status: 'holding' | 'rollingBack') => {
  const held = await heldMigration({ lateCallMs: LATE_MS }, { status, holdMs: 0 });
  const { ports, migration, source } = held;
  const partition = ports.tables.partition(migration.tenantId);
  return {
    ...held,
    /** Puts a sentinel. Its first put gets no answer, the next one is answered, and the sentinel is deleted. */
    async place() {
      let isFirst = true;
      partition.fault = () => {
        if (!isFirst) return 0;
        isFirst = false;
        throw new Unavailable('planted: read ECONNRESET');
      };
      await placeSentinels(ports, migration, source, [KEY]);
    },
    /** The put that got no answer takes effect. */
    async arrive(table: TableName) {
      await partition.write(table, { puts: [sentinelItem(migration.tenantId, KEY)], deletes: [] });
    },
    isThere: (table: TableName) => partition.tables.get(table)?.has(KEY) ?? false,
  };
};

test('a sentinel whose put was given up is recorded, and one that was answered is not', async () => {
  const { ports, migration, source, place, now, isThere } = await world('holding');
  await placeSentinels(ports, migration, source, [KEY]);
  expect(await now()).not.toHaveProperty('lateSentinelsOutAt');
  await place();
  expect(isThere(source)).toBe(false);
  expect((await now()).lateSentinelsOutAt).toBeGreaterThan(ports.clock.now());
  // no flip waits for it
  expect(await now()).not.toHaveProperty('lateCallsOutAt');
});

test('a rollback ends only after the last sweep of sentinels that appear late, on both sides', async () => {
  const { ports, migration, source, target, place, arrive, isThere, now } = await world('rollingBack');
  await ports.migrations.claimPartition(migration.migrationId, target);
  ports.routes.records.set(migration.tenantId, aRoute({ tenantId: migration.tenantId, table: source }));
  await place();
  const discard = async () => discardTarget(ports, await now(), { deadline: Number.POSITIVE_INFINITY });
  expect((await discard()).done).toBe(false);
  await arrive(source);
  await arrive(target);
  ports.clock.advance(LATE_MS);
  expect(await discard()).toEqual({ done: true, waitSeconds: 0 });
  expect([isThere(source), isThere(target)]).toEqual([false, false]);
});

test('a hold ends only when no sentinel can appear late any more', async () => {
  const { ports, place, now } = await world('holding');
  await place();
  expect(await checkHold(ports, await now())).toMatchObject({ over: false });
  ports.clock.advance(LATE_MS);
  expect(await checkHold(ports, await now())).toMatchObject({ over: true });
});
