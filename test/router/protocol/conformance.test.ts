import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Stack } from '../../../scripts/local/stack.ts';
import { createTierTables } from '../../../scripts/local/tier-tables.ts';
import { SHORT_WAITS } from '../../support/short-waits.ts';
import { startTestStack } from '../../support/test-stack.ts';

/*
 * These tests run the conformance test as a reader does, over Tierferry's own router and the one in Python, for which
 * Debian's packages python3 and python3-boto3 have to be installed.
 */

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const PYTHON = '/usr/bin/python3';
const OURS = [process.execPath, 'scripts/conformance/driver.ts'];
const IN_PYTHON = [PYTHON, 'docs/examples/python/conformance_driver.py'];

const startStack = async (settings: object): Promise<Stack> => {
  const stack = await startTestStack({ countsSchools: false, overrides: { waits: SHORT_WAITS }, settings });
  await createTierTables(stack);
  return stack;
};

let stack: Stack;
beforeAll(async () => {
  // half of a lease is enough for a request, also on a busy machine
  stack = await startStack({ pageItems: 40, leaseMs: 4_000, cutoverLeaseMs: 3_000, maxFenceMs: 60_000 });
});
afterAll(() => stack.stop());

const run = async (program: string, args: readonly string[], { env } = stack): Promise<string> => {
  const { stdout } = await promisify(execFile)(program, args, {
    cwd: ROOT,
    env: { ...process.env, ...env, PYTHONDONTWRITEBYTECODE: '1' },
  });
  return stdout;
};
const conformance = (args: readonly string[], on = stack) =>
  run(process.execPath, ['scripts/conformance/run.ts', ...args], on);

test('the router in Python passes every vector that it has the features for', async () => {
  const output = await conformance(IN_PYTHON);
  expect(output).toMatch(
    /^tierferry_router\.py, protocol 1, with concurrency, timeout, nested, cacheLimit\n/,
  );
  expect(output).toMatch(/vectors: 2\d\d passed, 0 failed, 3 skipped/);
});

test.each([
  ['in Python', IN_PYTHON],
  ['of Tierferry', OURS],
])(
  'a tenant that is used by routers %s is moved and rolled back, and no write is lost',
  async (_, driver) => {
    const output = await conformance(['--live', ...driver]);
    expect(output).toMatch(/it was moved to saas-tenant-data-advanced\nit was rolled back\nlive: \d+ writes/);
    expect(output).not.toContain('failed');
  },
);

test('a router that uses its first route for ever is found', async () => {
  // each fence lasts as long as it may, so it is a short one
  const other = await startStack({ pageItems: 40, maxFenceMs: 8_000 });
  try {
    const stale = ['--live', process.execPath, 'test/router/protocol/stale-driver.ts'];
    const failure = await conformance(stale, other).catch((error) => error);
    expect(failure).toMatchObject({ code: 1 });
    expect(failure.stderr).toMatch(/failed: the cutover of mig-.* is held: a process writes under the fence/);
  } finally {
    await other.stop();
  }
});

test('a guarded client in Python sends nothing outside of a lease', async () => {
  // the tests of unittest print to standard error
  await run(PYTHON, ['test/router/protocol/test_guarded_client.py']);
});

test('a driver that fails a vector makes the command fail, and the failure is printed', async () => {
  const answersNothing = `
    const ready = { event: 'ready', router: 'none', protocol: 1, features: [] };
    require('node:readline').createInterface({ input: process.stdin }).on('line', (line) =>
      console.log(JSON.stringify({ events: JSON.parse(line).do === 'hello' ? [ready] : [] })));`;
  const failure = await conformance([process.execPath, '-e', answersNothing]).catch((error) => error);
  expect(failure).toMatchObject({ code: 1 });
  expect(failure.stdout).toContain(
    'failed: the route is read consistently from the default table (R1)\n  step 2:',
  );
});
