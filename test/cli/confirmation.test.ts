import { PassThrough } from 'node:stream';
import { beforeEach, expect, test } from 'vitest';
import type { Migration } from '../../functions/migration/migration.ts';
import { epochMs } from '../../functions/migration/names.ts';
import { main } from '../../scripts/cli/main.ts';
import { type FakePorts, fakePorts } from '../support/fake-ports.ts';
import { aMigration } from '../support/records.ts';
import { addTenant } from '../support/tenants.ts';
import { listen, runInProcess } from './run-in-process.ts';

const HOUR = 3_600_000;
const LOCAL = { AWS_ENDPOINT_URL_DYNAMODB: 'http://127.0.0.1:8000' };
const ELSEWHERE = { AWS_ENDPOINT_URL_DYNAMODB: 'https://dynamodb.eu-west-1.amazonaws.com' };

let ports: FakePorts;
let held: Migration;
beforeEach(async () => {
  ports = fakePorts();
  const flippedAt = epochMs(ports.clock.now() - HOUR);
  held = aMigration({ status: 'holding', flippedAt, holdMs: 24 * HOUR });
  await ports.migrations.create(held);
});

const endNow = () => ['hold', held.migrationId, '--end-now', '--reason', 'checked'];
const holdNow = async () => (await ports.migrations.get(held.migrationId))?.holdMs;
/** Runs a command in an environment, without a terminal. */
const cli = async (args: readonly string[], env: NodeJS.ProcessEnv = {}) => {
  const [stdout, stderr] = [listen(), listen()];
  const streams = { stdout: stdout.stream, stderr: stderr.stream };
  const code = await main(args, env, { streams, connect: () => ports });
  return { code, stdout: stdout.text(), stderr: stderr.text() };
};

test('without a terminal and without --yes the end of a hold is refused, with what to do', async () => {
  const { code, stdout, stderr } = await cli(endNow(), ELSEWHERE);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toMatch(
    /'hold --end-now' cannot be undone.*are compared once more and then deleted\. No rollback.*Nothing was changed\. .*add --yes/,
  );
  expect(await holdNow()).toBe(24 * HOUR);
});

test('with --yes, or on a local stack, nothing is asked', async () => {
  expect(await cli([...endNow(), '--yes'])).toMatchObject({ code: 0 });
  expect(await holdNow()).not.toBe(24 * HOUR);
  expect(await cli(endNow(), LOCAL)).toMatchObject({ code: 0 });
});

test('a hold that is shortened to a time that has passed is its end, too', async () => {
  const shorter = (to: string) => cli(['hold', held.migrationId, '--for', to, '--reason', 'r']);
  expect(await shorter('30m')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("'hold --for 30m'"),
  });
  expect(await shorter('2h')).toMatchObject({ code: 0 });
});

test('an action that is not allowed is refused as such, and not asked about', async () => {
  const { migrationId } = aMigration({ status: 'copying' });
  await ports.migrations.create(aMigration({ migrationId, status: 'copying' }));
  expect(await runInProcess(ports, ['rollback', migrationId, '--discard-stragglers'])).toMatchObject({
    code: 3,
    stderr: expect.not.stringContaining('--yes'),
  });
});

test('a rollback that discards stragglers, and a migration without a hold, are confirmed', async () => {
  await addTenant(ports, { tenantId: 'north', items: 1 });
  for (const args of [
    ['rollback', held.migrationId, '--discard-stragglers'],
    ['migrate', 'north', '--to', 'advanced', '--hold', '0'],
  ])
    expect(await cli(args)).toMatchObject({ code: 2, stderr: expect.stringContaining('add --yes') });
  expect(await cli(['migrate', 'north', '--to', 'advanced', '--hold', '0', '--yes'])).toMatchObject({
    code: 0,
  });
});

/** Runs a command in a terminal in which the user types a line. */
const inTerminal = async (args: readonly string[], typed: string) => {
  const [stdout, stderr] = [listen(120), listen(120)];
  const stdin = Object.assign(new PassThrough(), { isTTY: true });
  const streams = { stdout: stdout.stream, stderr: stderr.stream, stdin };
  setImmediate(() => stdin.write(typed));
  const code = await main(args, {}, { streams, connect: () => ports });
  return { code, text: `${stdout.text()}${stderr.text()}` };
};

test("in a terminal the tenant's id is asked for, and only the id confirms", async () => {
  const wrong = await inTerminal(endNow(), 'yes\n');
  expect(wrong).toMatchObject({
    code: 2,
    text: expect.stringMatching(/was not confirmed\. Nothing was changed/),
  });
  expect(await holdNow()).toBe(24 * HOUR);
  const right = await inTerminal(endNow(), `${held.tenantId}\n`);
  expect(right).toMatchObject({
    code: 0,
    text: expect.stringContaining(`Type the tenant's id, ${held.tenantId}, to continue: `),
  });
  expect(await holdNow()).not.toBe(24 * HOUR);
});

test('Ctrl-D at the question ends the command with 130, and nothing was changed', async () => {
  expect(await inTerminal(endNow(), '\u0004')).toMatchObject({
    code: 130,
    text: expect.stringContaining('stopped; nothing was changed'),
  });
  expect(await holdNow()).toBe(24 * HOUR);
});
