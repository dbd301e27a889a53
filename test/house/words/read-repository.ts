import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

/** Returns the text of every file that Git tracks or would add, by its path from the repository's root. */
export const readRepository = (under = ''): ReadonlyMap<string, string> => {
  const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  const files = listed
    .split('\0')
    .filter((file) => file !== '' && file.startsWith(under) && existsSync(ROOT + file));
  return new Map(files.map((file) => [file, readFileSync(ROOT + file, 'utf8')]));
};
