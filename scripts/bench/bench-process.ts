import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { copyFile, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const FOLDER = join('scripts', 'bench');
/** Names of the bench and of its writer, the present ones first: an earlier commit may have the older ones. */
const NAMES = [
  { bench: 'write-gap.ts', writer: 'write-gap-writer.ts' },
  { bench: 'freeze.ts', writer: 'freeze-writer.ts' },
] as const;

/**
 * Measures the write gap of this working tree and of an earlier commit in turns, so that other work on the machine affects
 * both alike. Each migration has a process and an engine of its own. The earlier commit runs its own bench on its own code,
 * in a Git worktree that is removed afterwards. Only the application that writes is this tree's in both.
 * @param options options of both benches, for one migration.
 */
export const runInOtherProcess = async (
  commit: string,
  migrations: number,
  options: readonly string[],
  say: (line: string) => void,
): Promise<void> => {
  const folder = await mkdtemp(join(tmpdir(), 'tierferry-beside-'));
  const before = join(folder, 'tree');
  await run('git', ['worktree', 'add', '--detach', before, commit], { cwd: ROOT });
  try {
    await symlink(join(ROOT, 'node_modules'), join(before, 'node_modules'));
    await copyFile(programOf(ROOT, 'writer'), programOf(before, 'writer'));
    const gaps: { readonly now: number[]; readonly before: number[] } = { now: [], before: [] };
    say(`write gap of this tree and of ${commit}, in turns: ${options.join(' ')}`);
    for (let n = 0; n < migrations; n += 1) {
      gaps.before.push(await gapOf(before, options));
      gaps.now.push(await gapOf(ROOT, options));
      say(`  ${commit} ${gaps.before.at(-1)} ms, this tree ${gaps.now.at(-1)} ms`);
    }
    const [now, then] = [median(gaps.now), median(gaps.before)];
    say(
      `median of ${migrations}: ${commit} ${then} ms, this tree ${now} ms: ${(now / then).toFixed(2)} times as long`,
    );
  } finally {
    await run('git', ['worktree', 'remove', '--force', before], { cwd: ROOT });
    await rm(folder, { recursive: true });
  }
};

const programOf = (tree: string, program: keyof (typeof NAMES)[number]): string => {
  const paths = NAMES.map((names) => join(tree, FOLDER, names[program]));
  const found = paths.find((path) => existsSync(path));
  if (found === undefined) throw new Error(`${tree} has none of these files: ${paths.join(', ')}`);
  return found;
};

/** Finds a migration's line, which begins with the gap without a migration and the gap at the cutover. */
const LINE = /^ {2}\d+ ms {2}(\d+) ms {2}/m;

/** Attempts at one migration. It may not converge while other work occupies the machine. */
const TRIES = 3;

const gapOf = async (tree: string, options: readonly string[], tries = TRIES): Promise<number> => {
  try {
    const { stdout } = await run(process.execPath, [programOf(tree, 'bench'), ...options], { cwd: tree });
    const gap = LINE.exec(stdout)?.[1];
    if (gap === undefined) throw new Error(`the bench of ${tree} printed no gap:\n${stdout}`);
    return Number(gap);
  } catch (error) {
    if (tries <= 1) throw error;
    return gapOf(tree, options, tries - 1);
  }
};

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.ceil(values.length / 2) - 1] ?? 0;
