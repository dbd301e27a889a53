import type { ChildProcess } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test, vi } from 'vitest';
import { runCli } from '../cli/run-cli.ts';
import { Descendants } from './descendants.ts';

vi.setConfig({ testTimeout: 300_000 });

test('the demo completes, shows all five stages without escape codes, and leaves nothing running', async () => {
  let family: Descendants | undefined;
  const { code, stdout, stderr } = await runCli(
    ['demo', '--items', '2000'],
    {},
    {
      onStart: ({ pid }) => {
        if (pid) family = new Descendants(pid);
      },
    },
  );
  const left = family?.left();
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).not.toContain(String.fromCharCode(27));
  expect(stdout).toMatch(/20 districts, 2,816 items/);
  expect(stdout).toMatch(/no blockers/);
  for (const stage of [1, 2, 3, 4, 5]) expect(stdout).toMatch(new RegExp(`^\\[${stage}/5\\] .* done `, 'm'));
  expect(stdout).toMatch(/^ *All equal\.$/m);
  expect(stdout).toMatch(/source +saas-tenant-data-basic +0 items of cedar-valley/);
  expect(stdout).toMatch(/neighbours +19 tenants, 816 items +none changed/);
  expect(family?.seen.size).toBeGreaterThan(0);
  expect(left).toEqual([]);
});

test('with --json the demo prints one document for both acts and nothing else on stdout; the second act moves by growth', async () => {
  const { code, stdout } = await runCli(['demo', '--items', '500', '--grow', '--json']);
  expect(code).toBe(0);
  const document = JSON.parse(stdout);
  expect(document.growth.migration).toMatchObject({
    tenantId: 'hazel-ridge',
    status: 'completed',
    requestedBy: 'schools counted',
  });
  expect(document.growth).toMatchObject({ failed: 0, found: document.growth.written });
  expect(document).toMatchObject({
    plan: { items: 500, schools: 15 },
    migration: { status: 'completed' },
    report: { outcome: 'completed', differing: 0 },
    after: { source: { items: 0 }, target: { items: 500 }, neighbours: { changed: [] }, asItShould: true },
  });
});

test('Ctrl-C stops the demo and every process it started: exit 130', async () => {
  let family: Descendants | undefined;
  let child: ChildProcess | undefined;
  const running = runCli(
    ['demo', '--items', '200000'],
    {},
    {
      onStart: (started) => {
        child = started;
        if (started.pid) family = new Descendants(started.pid);
      },
    },
  );
  while (!family?.seen.size) await sleep(50);
  await sleep(2_000);
  child?.kill('SIGINT');
  const { code, stdout, stderr } = await running;
  expect(code).toBe(130);
  expect(stderr).toMatch(/nothing is left running/);
  expect(`${stdout}${stderr}`.match(/stopped/g)).toHaveLength(1);
  expect(family.left()).toEqual([]);
});

test('without Java the demo runs on the native engine, with a smaller district, and says so in one line', async () => {
  const { code, stdout, stderr } = await runCli(['demo'], { PATH: '', JAVA_HOME: '' });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toMatch(/DynamoDB \(dynoxide\)/);
  expect(stdout).toMatch(
    /^ {2}The native engine becomes slower with .* 2,000 instead of 35,000 \(change it with --items\)\.$/m,
  );
  expect(stdout).toMatch(/^ *All equal\.$/m);
});
