import { expect, test } from 'vitest';
import { transferOf } from '../../../functions/migration/apply/transfer.ts';
import { fenceWrites, flipRoute } from '../../../functions/migration/cutover/fence.ts';
import { Conflict, NotSafe } from '../../../functions/migration/errors.ts';
import type { Direction, Migration } from '../../../functions/migration/migration.ts';
import { epochMs } from '../../../functions/migration/names.ts';
import type { AuditNote } from '../../../functions/migration/operator/audit-note.ts';
import { cancelMigration } from '../../../functions/migration/operator/cancel-migration.ts';
import { holdCutover } from '../../../functions/migration/operator/hold-cutover.ts';
import { pauseMigration } from '../../../functions/migration/operator/pause-migration.ts';
import type { Ports } from '../../../functions/migration/ports.ts';
import { altered } from '../../support/altered.ts';
import { cutoverWorld } from '../../support/cutover-world.ts';

const said = { by: 'ops', reason: 'to see' };
const flippedAt = epochMs(1);

type Ask = (ports: Ports, id: string, said: AuditNote) => Promise<Migration>;
const STOPS: readonly { readonly what: string; readonly direction: Direction; readonly ask: Ask }[] = [
  { what: 'cancel of a migration', direction: 'forward', ask: cancelMigration },
  { what: 'pause of a migration', direction: 'forward', ask: pauseMigration },
  { what: 'hold-cutover of a migration', direction: 'forward', ask: holdCutover },
  { what: 'pause of a rollback', direction: 'reverse', ask: pauseMigration },
];

/** A migration, or its rollback, that is about to fence. */
const world = async (direction: Direction) => {
  const made = await cutoverWorld(direction === 'reverse' ? { status: 'rollingBack', flippedAt } : {});
  const { ports, migration, target } = made;
  await ports.workflow.start(migration.migrationId, migration.attempt);
  const route = direction === 'reverse' ? { ...made.route, table: target } : made.route;
  ports.routes.records.set(route.tenantId, route);
  const transfer = await transferOf(ports, migration, direction);
  return { ...made, route, cutover: { ports, migration, direction, transfer } };
};

test.each(STOPS)('F12: $what under the fence is accepted and no flip follows', async (given) => {
  const { direction, ask } = given;
  const { ports, migration, route, cutover } = await world(direction);
  const fenced = await fenceWrites(cutover, route);
  await ask(ports, migration.migrationId, said);
  await expect(flipRoute(fenced)).rejects.toThrow(Conflict);
  expect(await ports.routes.get(migration.tenantId)).toEqual(fenced.route);
  expect(await ports.migrations.get(migration.migrationId)).not.toHaveProperty(
    direction === 'forward' ? 'flippedAt' : 'reverseFlippedAt',
    expect.any(Number),
  );
});

test.each(STOPS)('F12: after $what no fence begins', async ({ direction, ask }) => {
  const { ports, migration, route, cutover } = await world(direction);
  await ask(ports, migration.migrationId, said);
  await expect(fenceWrites(cutover, route)).rejects.toThrow(Conflict);
  expect(await ports.routes.get(migration.tenantId)).toEqual(route);
});

test('F12: the cancellation that requested a rollback does not stop its own flip', async () => {
  const { ports, migration, route, cutover } = await world('reverse');
  const asked = await ports.migrations.update(migration, { cancellation: said, cutoverHeld: true });
  const fenced = await fenceWrites({ ...cutover, migration: asked }, route);
  await flipRoute(fenced);
  expect(await ports.routes.get(migration.tenantId)).toMatchObject({
    table: cutover.transfer.to.table,
    writes: 'open',
  });
});

test.each([
  {
    what: 'cancel of a migration',
    direction: 'forward',
    ask: cancelMigration,
    answer: /has flipped.*Roll it back/,
  },
  {
    what: 'hold-cutover of a migration',
    direction: 'forward',
    ask: holdCutover,
    answer: /has already flipped/,
  },
  { what: 'pause of a rollback', direction: 'reverse', ask: pauseMigration, answer: /is being rolled back/ },
] as const)(
  'F12: $what that comes after the flip is refused with the reason',
  async ({ direction, ask, answer }) => {
    const { ports, migration, route, cutover } = await world(direction);
    const fenced = await fenceWrites(cutover, route);
    let isFlipped = false;
    const transition: Ports['migrations']['transition'] = async (...args) => {
      if (!isFlipped) {
        isFlipped = true;
        await flipRoute(fenced);
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
