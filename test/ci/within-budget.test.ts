import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';

const SCRIPT = fileURLToPath(new URL('../../scripts/ci/within-budget.ts', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'tierferry-budget-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** A command whose grandchild uses CPU time, as a test's engine does. */
const burn = (ms: number): string[] => {
  const loop = `const end = Date.now() + ${ms}; while (Date.now() < end);`;
  const parent = `require('node:child_process').execFileSync(process.execPath, ['-e', ${JSON.stringify(loop)}])`;
  return [process.execPath, '-e', parent];
};
const within = async (budget: number, command: readonly string[]) => {
  const report = join(folder, 'report.json');
  const testResults = [
    { name: fileURLToPath(new URL('dear.test.ts', import.meta.url)), startTime: 0, endTime: 5_000 },
  ];
  writeFileSync(report, JSON.stringify({ testResults }));
  const args = [SCRIPT, '--budget', String(budget), '--report', report, '--', ...command];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const [stdout, [code]] = await Promise.all([text(child.stdout), once(child, 'exit')]);
  return { stdout, code };
};

test('a planted overrun in any process fails, and the most expensive files are named', async () => {
  const { stdout, code } = await within(0.01, burn(1_000));
  expect(code).toBe(1);
  expect(stdout).toMatch(/CPU budget exceeded/);
  expect(stdout).toContain('5.0 s  test/ci/dear.test.ts');
});

test('a run within its budget passes, and a failing command keeps its exit code', async () => {
  const fine = await within(1_000, burn(100));
  expect(fine).toMatchObject({ code: 0, stdout: expect.stringContaining('within the CPU budget') });
  expect((await within(1_000, [process.execPath, '-e', 'process.exit(3)'])).code).toBe(3);
});
