import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';

const CLI = fileURLToPath(new URL('../../scripts/tierferry.ts', import.meta.url));

/** Loads the script, then prints what a press of the tab key after the words would offer. */
const ZSH = `autoload -Uz compinit; compinit -u -D
source <(tierferry completion zsh)
_describe() { print -rl -- "\${(@P)2}" }
words=(tierferry "$@"); CURRENT=$#words
$_comps[tierferry]`;
const FISH = `tierferry completion fish | source; complete -C "tierferry $argv"`;

const SHELLS = [
  { shell: 'zsh', run: ['-f', '-c', ZSH, 'zsh'], separator: ':' },
  { shell: 'fish', run: ['--no-config', '-c', FISH], separator: '\t' },
] as const;

/** Runs the shell in a folder without a local stack, and with `tierferry` on its path. */
const complete = (shell: string, run: readonly string[], words: readonly string[]): string[] => {
  const folder = mkdtempSync(join(tmpdir(), 'tierferry-shell-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const command = join(folder, 'tierferry');
  writeFileSync(command, `#!/bin/sh\nexec '${process.execPath}' '${CLI}' "$@"\n`);
  chmodSync(command, 0o755);
  const env = { PATH: `${folder}${delimiter}${process.env.PATH}`, HOME: folder, TERM: 'dumb' };
  const output = execFileSync(shell, [...run, ...words], { cwd: folder, env, encoding: 'utf8' });
  return output.trim().split('\n').toSorted();
};

for (const { shell, run, separator } of SHELLS) {
  const isMissing = spawnSync(shell, ['--version']).error !== undefined;
  test(`${shell}'s script completes flags with their descriptions, and values`, ({ skip }) => {
    skip(isMissing, `${shell} is not installed on this machine`);
    const [flag = ''] = complete(shell, run, ['migrate', 'x', '--wr']);
    expect(flag).toMatch(new RegExp(`^--write-units${separator}write units per second`));
    expect(complete(shell, run, ['status', '--status', 'roll'])).toEqual(['rolledBack', 'rollingBack']);
  });
}
