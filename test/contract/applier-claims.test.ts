import { expect, test } from 'vitest';
import { ApplierClaimed, Conflict } from '../../functions/migration/errors.ts';
import { epochMs } from '../../functions/migration/names.ts';
import { aMigration } from '../support/records.ts';
import { inBothWorlds } from '../support/worlds.ts';

const MINUTE = 60_000;

inBothWorlds('appliers', (ports) => {
  const catchingUp = async () => {
    const migration = aMigration({ status: 'catchingUp' });
    await ports().migrations.create(migration);
    return migration;
  };
  const now = () => ports().clock.now();
  const claimOf = (worker: string, ms = MINUTE) => ({ worker, until: epochMs(now() + ms) });

  test('a worker claim excludes others until it is returned, or expires and is taken over exactly as read', async () => {
    const { appliers } = ports();
    const migration = await catchingUp();
    const { migrationId } = migration;
    expect(await appliers.current(migrationId)).toBeUndefined();
    await appliers.claim(migration, claimOf('a'), now());
    const renewed = claimOf('a', 2 * MINUTE);
    await appliers.claim(migration, renewed, now());
    expect(await appliers.current(migrationId)).toEqual(renewed);
    await expect(appliers.claim(migration, claimOf('b'), now())).rejects.toThrow(ApplierClaimed);
    await appliers.release(migrationId, 'b');
    expect(await appliers.current(migrationId)).toEqual(renewed);
    const taken = claimOf('b', 4 * MINUTE);
    for (const other of [undefined, claimOf('x'), { ...renewed, until: epochMs(renewed.until - 1) }])
      await expect(appliers.claim(migration, taken, renewed.until, other)).rejects.toThrow(ApplierClaimed);
    await expect(appliers.claim(migration, taken, now(), renewed)).rejects.toThrow(ApplierClaimed);
    await appliers.claim(migration, taken, renewed.until, renewed);
    expect(await appliers.current(migrationId)).toEqual(taken);
    await appliers.release(migrationId, 'a');
    await appliers.release(migrationId, 'b');
    await appliers.release(migrationId, 'b');
    expect(await appliers.current(migrationId)).toBeUndefined();
    await appliers.claim(migration, claimOf('c'), now());
  });

  test('an expired claim is not renewed, because another worker may have waited for its end', async () => {
    const { appliers } = ports();
    const migration = await catchingUp();
    const held = claimOf('a');
    await appliers.claim(migration, held, now());
    const late = { worker: 'a', until: epochMs(held.until + MINUTE) };
    await expect(appliers.claim(migration, late, held.until)).rejects.toThrow(ApplierClaimed);
    expect(await appliers.current(migration.migrationId)).toEqual(held);
    await appliers.claim(migration, late, epochMs(held.until - 1));
    expect(await appliers.current(migration.migrationId)).toEqual(late);
  });

  test('of two concurrent claims, one is given', async () => {
    const migration = await catchingUp();
    const outcomes = await Promise.allSettled(
      ['a', 'b'].map((worker) => ports().appliers.claim(migration, claimOf(worker), now())),
    );
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(outcomes.find((one) => one.status === 'rejected')?.reason).toBeInstanceOf(ApplierClaimed);
  });

  test('no claim is given or renewed once the migration has moved on or another attempt has begun', async () => {
    const { appliers, migrations } = ports();
    const migration = await catchingUp();
    const { migrationId } = migration;
    const held = claimOf('a');
    await appliers.claim(migration, held, now());
    await migrations.transition(migration, 'rollingBack', { who: 'test', reason: 'to see', at: epochMs(1) });
    await expect(appliers.claim(migration, claimOf('a', 2 * MINUTE), now())).rejects.toThrow(Conflict);
    expect(await appliers.current(migrationId)).toEqual(held);
    const retried = await catchingUp();
    await migrations.update(retried, { attempt: 2 });
    for (const attempt of [1, 3]) {
      const other = { ...retried, attempt };
      await expect(appliers.claim(other, claimOf('a'), now())).rejects.toThrow(Conflict);
    }
    expect(await appliers.current(retried.migrationId)).toBeUndefined();
    const unknown = aMigration({ status: 'catchingUp' });
    await expect(appliers.claim(unknown, claimOf('a'), now())).rejects.toThrow(Conflict);
  });

  test('every migration has its own claim', async () => {
    const { appliers } = ports();
    const [one, other] = [await catchingUp(), await catchingUp()];
    await appliers.claim(one, claimOf('a'), now());
    await appliers.claim(other, claimOf('b'), now());
    await appliers.release(one.migrationId, 'a');
    expect((await appliers.current(other.migrationId))?.worker).toBe('b');
  });
});
