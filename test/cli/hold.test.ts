import { beforeEach, expect, test } from 'vitest';
import { checkHold } from '../../functions/migration/clean-up/check-hold.ts';
import { MAX_HOLD_MS } from '../../functions/migration/limits.ts';
import type { Migration } from '../../functions/migration/migration.ts';
import { epochMs } from '../../functions/migration/names.ts';
import { retryMigration } from '../../functions/migration/operator/retry-migration.ts';
import { parseSettings } from '../../functions/migration/settings/settings.ts';
import { type FakePorts, fakePorts } from '../support/fake-ports.ts';
import { heldMigration } from '../support/held-migration.ts';
import { aMigration } from '../support/records.ts';
import { addTenant } from '../support/tenants.ts';
import { runInProcess } from './run-in-process.ts';

const DAY = 86_400_000;

let ports: FakePorts;
beforeEach(() => {
  ports = fakePorts();
});
const cli = (...args: string[]) => runInProcess(ports, args);
const given = async (change: Partial<Migration>): Promise<Migration> => {
  const migration = aMigration(change);
  await ports.migrations.create(migration);
  return migration;
};
const holding = () =>
  given({ status: 'holding', flippedAt: epochMs(ports.clock.now() - DAY), holdMs: 2 * DAY });

test('a hold is extended, counted from the flip, and the answer shows its end', async () => {
  const { migrationId } = await holding();
  const { code, stdout } = await cli('hold', migrationId, '--for', '7d');
  expect({ code, stdout }).toEqual({
    code: 0,
    stdout: `${migrationId}: the source is kept until 2026-01-07 00:00:00 UTC.\n`,
  });
  expect(await ports.migrations.get(migrationId)).toMatchObject({ holdMs: 7 * DAY, status: 'holding' });
  expect((await ports.migrations.events(migrationId)).at(-1)).toMatchObject({
    from: 'holding',
    to: 'holding',
    reason: 'hold set to 7 d 00 h after the flip: by hand',
  });
});

test('a hold is ended with a reason, and the waiting step sees it', async () => {
  const held = await heldMigration();
  ports = held.ports;
  const { migrationId } = held.migration;
  ports.clock.advance(1_000);
  expect(await checkHold(ports, await held.now())).toMatchObject({ over: false });
  const { code, stdout } = await cli(
    'hold',
    migrationId,
    '--end-now',
    '--yes',
    '--reason',
    'checked',
    '--by',
    'ana',
  );
  expect({ code, stdout }).toEqual({
    code: 0,
    stdout: `the hold of ${migrationId} is over; the clean-up begins at the next poll, in 5 min 00 s at most.\n`,
  });
  expect((await ports.migrations.events(migrationId)).at(-1)).toMatchObject({
    who: 'ana',
    reason: 'hold ended: checked',
  });
  // readers of the kept source may be a lease behind
  ports.clock.advance(5_000);
  expect(await checkHold(ports, await held.now())).toMatchObject({ over: true });
});

test('before the flip the future hold can be changed but not ended', async () => {
  const { migrationId } = await given({ status: 'copying', holdMs: DAY });
  expect((await cli('hold', migrationId, '--for', '3d')).stdout).toBe(
    `${migrationId}: the source is kept for 3 d 00 h after the flip.\n`,
  );
  const ended = await cli('hold', migrationId, '--end-now', '--reason', 'r');
  expect(ended).toMatchObject({ code: 3, stderr: expect.stringMatching(/has not flipped.*set it to 0/) });
});

test.each([
  ['shortened without a reason', ['--for', '1h'], 2, /Give a --reason/],
  ['ended without a reason', ['--end-now'], 2, /Give a --reason/],
  ['longer than 300 days', ['--for', '301d'], 2, /at most 300 days/],
  ['given twice', ['--for', '1h', '--end-now'], 2, /give either --for <duration> or --end-now/],
  ['not given', [], 2, /give either --for <duration> or --end-now/],
  ['not a duration', ['--for', 'long'], 2, /not a duration/],
])('a hold that is %s is refused and changes nothing', async (_, options, code, says) => {
  const { migrationId } = await holding();
  expect(await cli('hold', migrationId, ...options)).toMatchObject({
    code,
    stderr: expect.stringMatching(says),
  });
  expect(await ports.migrations.get(migrationId)).toMatchObject({ holdMs: 2 * DAY });
});

test.each([
  [{ status: 'cleaningUp' }, /source is being removed/],
  [{ status: 'completed' }, /has ended \(completed\)/],
  [{ status: 'rollingBack' }, /being rolled back/],
] as const)('the hold of a migration that is %j is refused, exit 3', async (change, says) => {
  const { migrationId } = await given({ ...change, flippedAt: epochMs(1) });
  expect(await cli('hold', migrationId, '--for', '9d')).toMatchObject({
    code: 3,
    stderr: expect.stringMatching(says),
  });
});

test('no hold is longer than 300 days, for any command that sets one', async () => {
  await addTenant(ports, { tenantId: 'north', items: 20 });
  const asked = await cli('migrate', 'north', '--to', 'advanced', '--hold', '99999d');
  expect(asked).toMatchObject({ code: 2, stderr: expect.stringMatching(/at most 300 days/) });
  expect(() => parseSettings({ holdMs: MAX_HOLD_MS + 1 })).toThrow();
  expect(parseSettings({ holdMs: MAX_HOLD_MS }).holdMs).toBe(300 * DAY);
  const tenant = await ports.registry.tenant(aMigration({ tenantId: 'north' as never }).tenantId);
  if (!tenant) throw new Error('no tenant');
  const old = await given({
    ...{ tenantId: tenant.tenantId, status: 'rolledBack', holdMs: 400 * DAY },
    source: { tier: tenant.tier, placement: 'shared', table: tenant.table },
  });
  expect(await retryMigration(ports, old.migrationId, 'ana')).toMatchObject({ holdMs: 300 * DAY });
});
