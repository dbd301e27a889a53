import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import * as z from 'zod';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const LAUNCHER = fileURLToPath(new URL('../../scripts/launch.cjs', import.meta.url));
const Failed = z.object({ code: z.number(), stdout: z.string(), stderr: z.string() });

/** Runs the launcher in a Node that reports this version. */
const launchOn = (version: string) => {
  const pretend = `Object.defineProperty(process.versions, 'node', { value: '${version}' }); require(${JSON.stringify(LAUNCHER)});`;
  return promisify(execFile)(process.execPath, ['-e', pretend]).then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    (error: unknown) => Failed.parse(error),
  );
};

test.each(['18.20.0', '22.17.1'])('Node %s is refused as too old, and nothing is run', async (version) => {
  const { code, stdout, stderr } = await launchOn(version);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toBe(
    `tierferry: Tierferry needs Node 22.18 or newer, and this is Node ${version}. Nothing was run. Install Node 24 (https://nodejs.org), then run the command again.\n`,
  );
});

test('the required version is the one in package.json', () => {
  const { engines } = z
    .object({ engines: z.object({ node: z.string() }) })
    .parse(JSON.parse(readFileSync(`${ROOT}/package.json`, 'utf8')));
  expect(engines.node).toBe('>=22.18');
});

test('npx tierferry works in a checkout', async () => {
  const { stdout } = await promisify(execFile)('npx', ['tierferry', '--version'], { cwd: ROOT });
  expect(stdout).toBe('0.1.0\n');
});
