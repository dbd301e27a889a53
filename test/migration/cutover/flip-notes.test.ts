import { expect, test } from 'vitest';
import { transferOf } from '../../../functions/migration/apply/transfer.ts';
import { fenceWrites, flipRoute } from '../../../functions/migration/cutover/fence.ts';
import type { Direction } from '../../../functions/migration/migration.ts';
import { epochMs } from '../../../functions/migration/names.ts';
import { cutoverWorld } from '../../support/cutover-world.ts';

const flippedAt = epochMs(1);

/** A migration, or its rollback, that is about to fence. */
const world = async (direction: Direction) => {
  const made = await cutoverWorld(direction === 'reverse' ? { status: 'rollingBack', flippedAt } : {});
  const { ports, migration, source, target } = made;
  const pastTables = [{ table: source, until: flippedAt }];
  const route = direction === 'reverse' ? { ...made.route, table: target, pastTables } : made.route;
  ports.routes.records.set(route.tenantId, route);
  const transfer = await transferOf(ports, migration, direction);
  const fenced = await fenceWrites({ ports, migration, direction, transfer }, route);
  ports.clock.advance(3_838);
  return { ...made, fenced };
};

test('a flip keeps the table that the tenant leaves in the route, and its event names the new live table', async () => {
  const { ports, migration, source, target, fenced } = await world('forward');
  const at = ports.clock.now();
  await flipRoute(fenced);
  expect(await ports.routes.get(migration.tenantId)).toMatchObject({
    table: target,
    pastTables: [{ table: source, until: at }],
  });
  const events = await ports.migrations.events(migration.migrationId);
  expect(events.map(({ flippedTo }) => flippedTo).filter(Boolean)).toEqual([target]);
  const reason = `flipped to ${target}, 3.8 s after the fence`;
  expect(events.at(-1)).toMatchObject({ from: 'cuttingOver', to: 'holding', at, flippedTo: target, reason });
});

test("a rollback's flip adds the target to the past tables, and has an event of its own", async () => {
  const { ports, migration, source, target, fenced } = await world('reverse');
  const at = ports.clock.now();
  await flipRoute(fenced);
  expect(await ports.routes.get(migration.tenantId)).toMatchObject({
    table: source,
    pastTables: [
      { table: source, until: flippedAt },
      { table: target, from: flippedAt, until: at },
    ],
  });
  expect((await ports.migrations.events(migration.migrationId)).at(-1)).toMatchObject({
    from: 'rollingBack',
    to: 'rollingBack',
    at,
    flippedTo: source,
  });
});
