import { ALLOWED } from './allowed.ts';
import { nameViolations, proseViolations } from './check-file.ts';
import { isOurs } from './coverage.ts';
import { readRepository } from './read-repository.ts';

/*
 * Prints what breaks the rules of words, one line each: node test/house/words/report.ts [--names] [FOLDER or FILE]
 * Exits with 1 if anything was found.
 */

const given = process.argv.slice(2);
const under = given.find((one) => !one.startsWith('-')) ?? '';
const violationsIn = given.includes('--names') ? nameViolations : proseViolations;

const lines = [...readRepository(under)]
  .filter(([file]) => isOurs(file))
  .flatMap(([file, source]) =>
    violationsIn(file, source)
      .filter(({ found }) => !ALLOWED.some((one) => one.file === file && found.startsWith(one.found)))
      .map(({ rule, line, found }) => `${file}:${line}: ${rule}: ${found}`),
  );
process.stdout.write([...lines, `${lines.length} found`, ''].join('\n'));
process.exitCode = lines.length > 0 ? 1 : 0;
