import { describe, expect, test } from 'vitest';
import { performAction } from '../../../functions/console/api/endpoints/actions.ts';
import { actionsTag } from '../../../functions/console/api/endpoints/actions-tag.ts';
import { STATUSES } from '../../../functions/migration/life-cycle.ts';
import type { Migration } from '../../../functions/migration/migration.ts';
import { epochMs, type TenantId, tableName } from '../../../functions/migration/names.ts';
import { ACTION_NAMES, actionsOf, readActionFacts } from '../../../functions/migration/operator/actions.ts';
import { readStatus } from '../../../functions/migration/operator/read-status.ts';
import { fakePorts } from '../../support/fake-ports.ts';
import { actAfterPoll, consoleWorld, openMigration } from './console-world.ts';

const flippedAt = epochMs(Date.UTC(2026, 0, 1));
const isAfterFlip = (status: Migration['status']) => ['holding', 'cleaningUp', 'completed'].includes(status);

const said = { by: 'ana', reason: 'to see' };

/** Migrations in every status, paused, held or cancelled, on either side of a flip. */
const CASES = STATUSES.flatMap((status) =>
  [{}, { paused: true }, { cutoverHeld: true }, { cancellation: said }].flatMap((flags) =>
    (status === 'rollingBack' ? ['before', 'after', 'back'] : [isAfterFlip(status) ? 'after' : 'before']).map(
      (flip): readonly [string, Partial<Migration>] => [
        `${status}, ${Object.keys(flags)[0] ?? 'as it goes'}, ${flip} the flip`,
        {
          status,
          ...flags,
          ...(flip === 'before' ? {} : { flippedAt }),
          ...(flip === 'back' ? { reverseFlippedAt: flippedAt } : {}),
        },
      ],
    ),
  ),
);

const EXECUTIONS = ['running', 'ended', 'not shown'] as const;

/** A world with one migration; its route is on the side that its record says. */
const worldOf = async (given: Partial<Migration>, execution: (typeof EXECUTIONS)[number]) => {
  const ports = fakePorts();
  const target = {
    tier: 'advanced',
    placement: 'shared',
    table: tableName('advanced'),
  } as Migration['target'];
  const migration = await openMigration(ports, { target, ...given }, { execution });
  const route = await ports.routes.get(migration.tenantId);
  if (!route) throw new Error('no route');
  const isOnTarget = given.flippedAt !== undefined && given.reverseFlippedAt === undefined;
  if (isOnTarget) ports.routes.records.set(route.tenantId, { ...route, table: tableName('advanced') });
  return { ports, migration };
};

const bodyOf = ({ tenantId }: Migration) => ({
  reason: 'to see',
  confirm: tenantId,
  holdMs: 1_000,
  writeUnitsPerSecond: 10,
});

describe('every offered action would be carried out, and every refused one refused', () => {
  test.each(CASES)('%s', async (_, given) => {
    for (const execution of EXECUTIONS) {
      for (const name of ACTION_NAMES) {
        const { ports, migration } = await worldOf(given, execution);
        const { migrationId } = migration;
        const offered = actionsOf(migration, await readActionFacts(ports, migration)).find(
          (one) => one.name === name,
        );
        const asked = { ifMatch: actionsTag(migration), by: 'ana', body: bodyOf(migration) };
        const done = await performAction(ports, migrationId, name, asked).then(
          () => 'done',
          (error: Error) => `${error.name}: ${error.message}`,
        );
        expect(done === 'done', `${name}, ${execution}: ${done}`).toBe(offered?.allowed);
        expect(offered?.reason === null).toBe(offered?.allowed);
      }
    }
  });
});

describe('two concurrent operators', () => {
  test('the second is told who was first, and changes nothing', async () => {
    const world = consoleWorld();
    const { migrationId } = await openMigration(world.ports);
    const path = `/api/migrations/${migrationId}/actions`;
    const seen = (await world.call(path)).headers.get('etag') ?? '';
    const headers = { 'if-match': seen };
    const body = { reason: 'exam week' };
    expect((await world.call(`${path}/pause`, { by: 'ana', body, headers })).status).toBe(202);
    const second = await world.call(`${path}/cancel`, { by: 'bea', body, headers });
    expect(second.json).toMatchObject({
      status: 412,
      code: 'ChangedMeanwhile',
      detail: `${migrationId} has changed since you saw it. Nothing was changed`,
      latest: { by: 'ana', reason: 'paused: exam week' },
    });
    expect((await world.ports.migrations.get(migrationId))?.cancellation).toBeUndefined();
  });

  test('a change between the check and the action is detected, too', async () => {
    const { ports } = consoleWorld();
    const { migrationId } = await openMigration(ports);
    const before = await ports.migrations.get(migrationId);
    if (!before) throw new Error('gone');
    const { isRunning } = ports.workflow;
    ports.workflow.isRunning = async (...given) => {
      ports.workflow.isRunning = isRunning;
      const event = { who: 'bea', reason: 'cutover held: wait', at: ports.clock.now() };
      const change = { cutoverHeld: true, controlledAt: ports.clock.now() };
      await ports.migrations.transition(before, before.status, event, change);
      return isRunning.apply(ports.workflow, given);
    };
    const asked = { ifMatch: actionsTag(before), by: 'ana', body: { reason: 'x' } };
    await expect(performAction(ports, migrationId, 'cancel', asked)).rejects.toMatchObject({
      status: 412,
      fields: { latest: { by: 'bea' } },
    });
    expect((await ports.migrations.get(migrationId))?.cancellation).toBeUndefined();
  });

  test('of two limits at the same moment the later one is refused', async () => {
    const world = consoleWorld();
    const { ports } = world;
    const { migrationId } = await openMigration(ports);
    ports.clock.advance(1_000);
    const before = await ports.migrations.get(migrationId);
    if (!before) throw new Error('gone');
    const limit = (by: string, writeUnitsPerSecond: number) =>
      performAction(ports, migrationId, 'limit', {
        ifMatch: actionsTag(before),
        by,
        body: { reason: 'x', writeUnitsPerSecond },
      });
    const { transition } = ports.migrations;
    ports.migrations.transition = async (...given) => {
      ports.migrations.transition = transition;
      // the other operator's is written between this one's read and its write
      await limit('bea', 20);
      return transition.apply(ports.migrations, given);
    };
    await expect(limit('ana', 10)).rejects.toMatchObject({ status: 412, fields: { latest: { by: 'bea' } } });
    expect((await ports.migrations.get(migrationId))?.writeUnitsPerSecond).toBe(20);
  });

  test('the progress of the migration does not refuse an operator', async () => {
    const world = consoleWorld();
    const { migrationId } = await openMigration(world.ports);
    const path = `/api/migrations/${migrationId}/actions`;
    const seen = (await world.call(path)).headers.get('etag') ?? '';
    const now = await world.ports.migrations.get(migrationId);
    if (!now) throw new Error('gone');
    world.ports.clock.advance(1_000);
    const event = { who: 'workflow', reason: 'copied', at: world.ports.clock.now() };
    await world.ports.migrations.transition(now, 'catchingUp', event, { cutovers: 1 });
    const body = { reason: 'x' };
    expect((await world.call(`${path}/pause`, { body, headers: { 'if-match': seen } })).status).toBe(202);
  });

  test('an action without a tag of the seen state is refused', async () => {
    const world = consoleWorld();
    const { migrationId } = await openMigration(world.ports);
    const refused = await world.call(`/api/migrations/${migrationId}/actions/pause`, {
      body: { reason: 'x' },
    });
    expect(refused.json).toMatchObject({ status: 428, code: 'MatchMissing' });
  });
});

test('a rollback that is not visible yet is neither offered nor recommended a retry', async () => {
  const world = consoleWorld();
  const { ports } = world;
  const { migrationId } = await openMigration(ports, { status: 'rollingBack' }, { execution: 'not shown' });
  const recommended = async () => {
    const { json } = await world.call(`/api/migrations/${migrationId}/actions`);
    const retry = json.actions.find(({ name }: { name: string }) => name === 'retry');
    return { next: json.next.action, status: (await readStatus(ports, migrationId)).next?.action, retry };
  };
  expect(await recommended()).toMatchObject({
    next: 'watch',
    status: 'watch',
    retry: { allowed: false, reason: expect.stringContaining('was changed a moment ago') },
  });
  ports.clock.advance(60_000);
  expect(await recommended()).toMatchObject({ next: 'retry', status: 'retry', retry: { allowed: true } });
});

test('an action that cannot be undone is confirmed by the id of the tenant', async () => {
  const world = consoleWorld();
  const { migrationId, tenantId } = await openMigration(world.ports, { status: 'holding', flippedAt });
  expect((await actAfterPoll(world, migrationId, 'end-hold')).json).toMatchObject({
    status: 400,
    code: 'ConfirmationMissing',
  });
  expect((await actAfterPoll(world, migrationId, 'end-hold', { confirm: tenantId })).status).toBe(202);
});

test('the reason of a retry is in the audit trail, also in that of the new migration', async () => {
  const world = consoleWorld();
  const { ports } = world;
  const stopped = await openMigration(ports, { tenantId: 'cedar' as TenantId }, { execution: 'ended' });
  await actAfterPoll(world, stopped.migrationId, 'retry', { reason: 'role mended' });
  expect((await ports.migrations.events(stopped.migrationId)).at(-1)).toMatchObject({
    who: 'ana',
    reason: 'attempt 2 begun: role mended',
  });
  const ended = await openMigration(
    ports,
    { tenantId: 'oak' as TenantId, status: 'failed' },
    { execution: 'ended' },
  );
  const { json } = await actAfterPoll(world, ended.migrationId, 'retry', { reason: 'space again' });
  expect(json.migration).toMatchObject({ retryOf: ended.migrationId, reason: 'space again' });
});

test('a rollback that would stop at stragglers is not offered, but one that discards them is', async () => {
  const world = consoleWorld();
  const { migrationId } = await openMigration(world.ports, { status: 'holding', flippedAt });
  const key = 'STUDENT#1' as never;
  await world.ports.migrations.saveForeign(migrationId, { differences: [{ key, kind: 'different' }] });
  const { json, text } = await world.call(`/api/migrations/${migrationId}/actions`);
  const allowed = Object.fromEntries(
    json.actions.map((one: { name: string; allowed: boolean }) => [one.name, one.allowed]),
  );
  expect(allowed).toMatchObject({ rollback: false, 'rollback-discarding': true });
  expect(text).not.toContain('STUDENT#1');
});
