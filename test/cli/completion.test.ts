import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import type { MigrationId, TenantId } from '../../functions/migration/names.ts';
import { type Completions, completeWords } from '../../scripts/cli/complete-words.ts';
import { COMPLETION_SCRIPTS, SHELLS } from '../../scripts/cli/completion-scripts.ts';
import { readValuesOf } from '../../scripts/cli/completion-values.ts';
import { fakePorts } from '../support/fake-ports.ts';
import { aMigration } from '../support/records.ts';
import { addTenant } from '../support/tenants.ts';
import { wholeProgram } from './command-names.ts';
import { runWithEnv } from './run-in-process.ts';

const NO_STACK = { TIERFERRY_SETTINGS: '{}' };

/** Completes with the ids of a running stack, which has one tenant and one migration. */
const complete = async (...words: string[]): Promise<Completions> => {
  const ports = fakePorts();
  await addTenant(ports, { tenantId: 'cedar-valley', items: 1 });
  await ports.migrations.create(
    aMigration({
      migrationId: 'mig-20300101000000-1a2b3c4d' as MigrationId,
      tenantId: 'cedar-valley' as TenantId,
      status: 'copying',
    }),
  );
  const { program, cli } = await wholeProgram();
  const read = readValuesOf(
    async () => ports.settings,
    async () => ports,
  );
  return completeWords(cli, program, words, read);
};

const values = async (...words: string[]): Promise<readonly string[]> => {
  const found = await complete(...words);
  return found === 'files' ? ['files'] : found.map(({ value }) => value);
};

test.each([
  { what: 'commands', words: ['st'], gives: ['status'] },
  { what: 'commands of a group', words: ['tenant', 's'], gives: ['show', 'set'] },
  { what: 'flags', words: ['migrate', 'x', '--wr'], gives: ['--write-units'] },
  { what: 'global flags', words: ['migrate', '--js'], gives: ['--json'] },
  { what: 'flags that are not given yet', words: ['hold', 'm', '--end-now', '--en'], gives: [] },
  { what: 'values of a flag', words: ['status', '--status', 'roll'], gives: ['rollingBack', 'rolledBack'] },
  {
    what: 'the last of several values',
    words: ['status', '--status', 'copying,hold'],
    gives: ['copying,holding'],
  },
  { what: 'a value after an equals sign', words: ['local', '--engine=dyno'], gives: ['--engine=dynoxide'] },
  { what: 'tiers', words: ['plan', 'x', '--to', 'a'], gives: ['advanced'] },
  { what: 'tenant ids', words: ['migrate', 'c'], gives: ['cedar-valley'] },
  { what: 'migration ids', words: ['pause', 'mig'], gives: ['mig-20300101000000-1a2b3c4d'] },
  {
    what: 'ids of both kinds',
    words: ['status', ''],
    gives: ['mig-20300101000000-1a2b3c4d', 'cedar-valley'],
  },
  {
    what: 'names of tables',
    words: ['table', 'retire', 'saas-tenant-data-b'],
    gives: ['saas-tenant-data-basic'],
  },
  { what: 'files', words: ['status', '--settings', ''], gives: ['files'] },
  { what: 'topics', words: ['help', 'conc'], gives: ['concepts'] },
  { what: 'shells', words: ['completion', 'z'], gives: ['zsh'] },
  { what: 'nothing after the last argument', words: ['pause', 'mig-1', ''], gives: [] },
])('$what are completed: $words', async ({ words, gives }) => {
  expect(await values(...words)).toEqual(gives);
});

test('hidden commands are not completed', async () => {
  expect(await values('__')).toEqual([]);
});

test('an id comes with a description for the shells that show one', async () => {
  expect(await complete('pause', 'mig')).toEqual([
    { value: 'mig-20300101000000-1a2b3c4d', description: 'cedar-valley, copying' },
  ]);
});

test('each shell gets completions in its own format', async () => {
  const ask = async (shell: string, ...words: string[]) =>
    (await runWithEnv(['__complete', shell, '--', ...words], NO_STACK)).stdout;
  expect(await ask('bash', 'que')).toBe('queue\n');
  expect(await ask('zsh', 'que')).toBe('queue:Show running and queued migrations\n');
  expect(await ask('fish', 'que')).toBe('queue\tShow running and queued migrations\n');
  expect(await ask('bash', 'local', '--engine', '=', 'dyno')).toBe('dynoxide\n');
  expect(await ask('fish', 'status', '--settings', '')).toBe(':files\n');
});

test('without a stack, or with broken settings, nothing is printed and nothing fails', async () => {
  for (const [env, words] of [
    [NO_STACK, ['pause', '']],
    [{ TIERFERRY_SETTINGS: '{' }, ['plan', 'x', '--to', '']],
  ] as const)
    expect(await runWithEnv(['__complete', 'bash', '--', ...words], env)).toEqual({
      code: 0,
      stdout: '',
      stderr: '',
    });
});

test('completion prints the script of a shell, and names the shells for another', async () => {
  for (const shell of SHELLS)
    expect((await runWithEnv(['completion', shell], {})).stdout).toBe(`${COMPLETION_SCRIPTS[shell]}\n`);
  const unknown = await runWithEnv(['completion', 'fisch'], {});
  expect(unknown).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/Did you mean 'fish'\?.*bash, zsh/),
  });
});

/** Completes in bash, as a press of the tab key does. */
const completeInBash = (line: readonly string[]): string => {
  const folder = mkdtempSync(join(tmpdir(), 'tierferry-bash-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const script = fileURLToPath(new URL('../../scripts/tierferry.ts', import.meta.url));
  writeFileSync(join(folder, 'tierferry'), `#!/bin/sh\nexec '${process.execPath}' '${script}' "$@"\n`);
  chmodSync(join(folder, 'tierferry'), 0o755);
  const press = [
    COMPLETION_SCRIPTS.bash,
    COMPLETION_SCRIPTS.bash,
    'COMP_WORDS=("$@")',
    'COMP_CWORD=$(($# - 1))',
    '_tierferry',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: bash's own syntax
    'printf "%s\\n" "${COMPREPLY[@]}"',
  ].join('\n');
  return execFileSync('bash', ['-c', press, 'bash', ...line], {
    encoding: 'utf8',
    cwd: folder,
    env: { ...process.env, ...NO_STACK, PATH: `${folder}:${process.env.PATH}` },
  });
};

test("bash's script may be loaded twice, completes, and runs nothing of what was typed", () => {
  expect(completeInBash(['tierferry', 'retr'])).toBe('retry\n');
  expect(completeInBash(['tierferry', 'status', '--settings', 'tierf'])).toBe('tierferry\n');
  expect(completeInBash(['tierferry', '$(touch typed)', 'x', '--settings', 'ty'])).toBe('\n');
});
