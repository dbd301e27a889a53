import { expect, test } from 'vitest';
import { type Direction, wayOf } from '../../../functions/migration/apply/way.ts';
import { Conflict, NotSafe } from '../../../functions/migration/errors.ts';
import type { Migration } from '../../../functions/migration/migration.ts';
import { epochMs } from '../../../functions/migration/names.ts';
import type { Ports } from '../../../functions/migration/ports.ts';
import { fenceWrites, flipRoute } from '../../../functions/migration/routing/fence.ts';
import { cancelMigration } from '../../../functions/migration/triggers/cancel-migration.ts';
import {
  holdCutover,
  pauseMigration,
  type Said,
} from '../../../functions/migration/triggers/control-migration.ts';
import { altered } from '../../support/altered.ts';
import { cutoverWorld } from '../../support/cutover-world.ts';

const said = { by: 'ops', why: 'to see' };
const flippedAt = epochMs(1);

type Ask = (ports: Ports, id: string, said: Said) => Promise<Migration>;
const STOPS: readonly { readonly what: string; readonly direction: Direction; readonly ask: Ask }[] = [
  { what: 'cancel of a migration', direction: 'forth', ask: cancelMigration },
  { what: 'pause of a migration', direction: 'forth', ask: pauseMigration },
  { what: 'hold-cutover of a migration', direction: 'forth', ask: holdCutover },
  { what: 'pause of a rollback', direction: 'back', ask: pauseMigration },
];

/** A migration, or its rollback, that is about to fence. */
const world = async (direction: Direction) => {
  const made = await cutoverWorld(direction === 'back' ? { status: 'rollingBack', flippedAt } : {});
  const { ports, migration, target } = made;
  await ports.workflow.start(migration.migrationId, migration.attempt);
  const route = direction === 'back' ? { ...made.route, table: target } : made.route;
  ports.routes.records.set(route.tenantId, route);
  return { ...made, route, way: await wayOf(ports, migration, direction) };
};

test.each(STOPS)('F12: $what under the fence is accepted and no flip follows', async (given) => {
  const { direction, ask } = given;
  const { ports, migration, route, way } = await world(direction);
  const fenced = await fenceWrites(ports, migration, route, way, direction);
  await ask(ports, migration.migrationId, said);
  await expect(flipRoute(ports, fenced, way, direction)).rejects.toThrow(Conflict);
  expect(await ports.routes.get(migration.tenantId)).toEqual(fenced.route);
  expect(await ports.migrations.get(migration.migrationId)).not.toHaveProperty(
    direction === 'forth' ? 'flippedAt' : 'flippedBackAt',
    expect.any(Number),
  );
});

test.each(STOPS)('F12: after $what no fence begins', async ({ direction, ask }) => {
  const { ports, migration, route, way } = await world(direction);
  await ask(ports, migration.migrationId, said);
  await expect(fenceWrites(ports, migration, route, way, direction)).rejects.toThrow(Conflict);
  expect(await ports.routes.get(migration.tenantId)).toEqual(route);
});

test('F12: the cancellation that requested a rollback does not stop its own flip', async () => {
  const { ports, migration, route, way } = await world('back');
  const asked = await ports.migrations.update(migration, { cancellation: said, cutoverHeld: true });
  const fenced = await fenceWrites(ports, asked, route, way, 'back');
  await flipRoute(ports, fenced, way, 'back');
  expect(await ports.routes.get(migration.tenantId)).toMatchObject({ table: way.to.table, writes: 'open' });
});

test.each([
  {
    what: 'cancel of a migration',
    direction: 'forth',
    ask: cancelMigration,
    answer: /has flipped.*tierferry rollback/,
  },
  {
    what: 'hold-cutover of a migration',
    direction: 'forth',
    ask: holdCutover,
    answer: /has already flipped/,
  },
  { what: 'pause of a rollback', direction: 'back', ask: pauseMigration, answer: /is being rolled back/ },
] as const)(
  'F12: $what that comes after the flip is refused with the reason',
  async ({ direction, ask, answer }) => {
    const { ports, migration, route, way } = await world(direction);
    const fenced = await fenceWrites(ports, migration, route, way, direction);
    let isFlipped = false;
    const transition: Ports['migrations']['transition'] = async (...args) => {
      if (!isFlipped) {
        isFlipped = true;
        await flipRoute(ports, fenced, way, direction);
      }
      return ports.migrations.transition(...args);
    };
    const overtaken = {
      ...ports,
      migrations: altered<Ports['migrations']>(ports.migrations, { transition }),
    };
    const refusal = ask(overtaken, migration.migrationId, said);
    await expect(refusal).rejects.toThrow(NotSafe);
    await expect(refusal).rejects.toThrow(answer);
    const now = await ports.migrations.get(migration.migrationId);
    expect(now).toMatchObject({ paused: false, cutoverHeld: false });
    expect(now).not.toHaveProperty('cancellation');
  },
);
