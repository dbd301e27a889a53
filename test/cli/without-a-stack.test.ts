import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runCli } from './run-cli.ts';
import { runWithEnv } from './run-in-process.ts';

const COMMANDS = [
  ['local'],
  ['demo'],
  ['tenant'],
  ['tenant', 'add'],
  ['tenant', 'list'],
  ['tenant', 'show'],
  ['plan'],
  ['migrate'],
  ['status'],
  ['report'],
  ['verify'],
  ['retry'],
  ['cancel'],
  ['pause'],
  ['resume'],
  ['hold-cutover'],
  ['cutover'],
  ['limit'],
  ['rollback'],
];

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tierferry-cli-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** An environment in which the SDK finds no configuration, not even the machine's own files. */
const bare = () => ({
  HOME: folder,
  AWS_EC2_METADATA_DISABLED: 'true',
  AWS_CONFIG_FILE: join(folder, 'none'),
  AWS_SHARED_CREDENTIALS_FILE: join(folder, 'none'),
});

test('every command has help with examples, and the program documents its exit codes', async () => {
  const helps = await Promise.all([[], ...COMMANDS].map((command) => runWithEnv([...command, '--help'], {})));
  expect(await runCli(['--help'])).toEqual(helps[0]);
  for (const { code, stdout, stderr } of helps) {
    expect(code).toBe(0);
    expect(stderr).toBe('');
    expect(stdout).toMatch(/Examples:\n {2}\$ tierferry /);
    expect(stdout).toContain('--json');
  }
  expect(helps[0]?.stdout).toMatch(
    /Exit codes:\n {2}0 {2}done[\s\S]*\n {2}1 {2}failed[\s\S]*\n {2}2 {2}usage[\s\S]*\n {2}3 {2}not safe/,
  );
});

test('--version prints the version of the package', async () => {
  expect(await runCli(['--version'])).toMatchObject({ code: 0, stdout: '0.1.0\n' });
});

test.each([
  { reason: 'an unknown command', args: ['ferry'] },
  { reason: 'an unknown option', args: ['status', '--colour'] },
  { reason: 'a missing argument', args: ['plan', '--to', 'advanced'] },
  { reason: 'a missing option', args: ['plan', 'cedar-valley'] },
  { reason: 'too many arguments', args: ['report', 'a', 'b'] },
  { reason: 'no command', args: [] },
  { reason: 'no tenant command', args: ['tenant'] },
  { reason: 'a bad duration', args: ['migrate', 't', '--to', 'advanced', '--hold', 'soon'] },
  { reason: 'a bad number', args: ['demo', '--items', 'many'] },
  { reason: 'too few items', args: ['demo', '--items', '3'] },
  { reason: 'an unknown engine', args: ['demo', '--engine', 'steam'] },
  { reason: 'a watch without a migration', args: ['status', '--watch'] },
  { reason: 'a missing settings file', args: ['status', '--settings', '/nowhere/settings.json'] },
  { reason: 'a table compared with itself', args: ['verify', 't', '--table', 'a', '--against', 'a'] },
])(
  '$reason is a usage error: exit 2, an explanation in one line, and a document with --json',
  async ({ args }) => {
    const [words, json] = await Promise.all([
      runWithEnv(args, bare()),
      runWithEnv([...args, '--json'], bare()),
    ]);
    expect(words).toMatchObject({ code: 2, stdout: '' });
    expect(words.stderr).not.toBe('');
    expect(words.stderr).not.toMatch(/\n\s+at /);
    expect(json.code).toBe(2);
    expect(JSON.parse(json.stdout)).toEqual({
      ...{ schemaVersion: 1, kind: 'error', next: null },
      error: { name: expect.any(String), code: expect.any(String), message: expect.any(String), facts: {} },
    });
  },
);

test.each([
  { reason: 'malformed JSON', text: '{"prefix": ', says: /settings file .*settings\.json is not JSON/ },
  { reason: 'a wrong value', text: '{"pageItems": 0}', says: /settings file .*settings\.json: pageItems: / },
])('$reason in the settings exits with 2 and one line', async ({ text, says }) => {
  const file = join(folder, 'settings.json');
  writeFileSync(file, text);
  for (const [args, env] of [
    [['status', '--settings', file], {}],
    [['status'], { TIERFERRY_SETTINGS: text }],
  ] as const) {
    const { code, stderr, stdout } = await runWithEnv(args, { ...bare(), ...env });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr.replace('TIERFERRY_SETTINGS', `settings file ${file}`)).toMatch(says);
    expect(stderr.trim().split('\n')).toHaveLength(1);
  }
});

const ARNS = {
  TIERFERRY_STATE_MACHINE_ARN: 'arn:aws:states:eu-west-1:123456789012:stateMachine:tier-migration',
  TIERFERRY_ROLLBACK_STATE_MACHINE_ARN: 'arn:aws:states:eu-west-1:123456789012:stateMachine:rollback',
};

test.each([
  { what: 'region', env: ARNS, says: /AWS_REGION.*tierferry local/ },
  { what: 'credentials', env: { ...ARNS, AWS_REGION: 'eu-west-1' }, says: /AWS_PROFILE.*tierferry local/ },
  {
    what: 'state machine',
    env: { AWS_REGION: 'eu-west-1', AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b' },
    says: /TIERFERRY_STATE_MACHINE_ARN.*tierferry local/,
  },
])('without a $what the error names the variable to set', async ({ env, says }) => {
  const { code, stderr } = await runCli(
    ['migrate', 't', '--to', 'advanced'],
    { ...bare(), ...env },
    { cwd: folder },
  );
  expect(code).toBe(2);
  expect(stderr).toMatch(says);
});

test('an endpoint that does not answer exits with 1 and is named', async () => {
  const { code, stderr } = await runCli(['tenant', 'list'], {
    ...bare(),
    AWS_REGION: 'local',
    AWS_ACCESS_KEY_ID: 'a',
    AWS_SECRET_ACCESS_KEY: 'b',
    AWS_ENDPOINT_URL_DYNAMODB: 'http://127.0.0.1:9',
  });
  expect(code).toBe(1);
  expect(stderr).toMatch(/no answer.*tierferry local/);
});
