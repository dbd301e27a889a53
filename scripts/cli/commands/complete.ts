import * as z from 'zod';
import { type Define, withExamples } from '../cli.ts';
import { type Completion, type Completions, completeWords } from '../complete-words.ts';
import { FILES, SHELLS, type Shell } from '../completion-scripts.ts';
import { connectLocally, readValuesOf, settingsIn } from '../completion-values.ts';

/**
 * Prints one completion per line, in the shell's own format. An error prints nothing: it would appear in the middle of
 * the line that the user is typing.
 */
export const defineComplete: Define = (command, cli) =>
  withExamples(command, ['__complete bash -- migrate cedar-valley --t']).action(async (given: unknown) => {
    const shell = z.enum(SHELLS).parse(given);
    const words = shell === 'bash' ? joinAtEquals(cli.afterDashes ?? []) : (cli.afterDashes ?? []);
    const program = command.parent ?? command;
    const read = readValuesOf(
      () => settingsIn(cli.env),
      () => connectLocally(cli.env, process.cwd()),
    );
    const found = await completeWords(cli, program, words, read).catch((): Completions => []);
    const typed = words.at(-1) ?? '';
    const lines = found === 'files' ? [FILES] : found.map((one) => FORMATS[shell](one, typed));
    // not by `say`, which would escape fish's tabs
    for (const line of lines) cli.out.stream.write(`${line}\n`);
  });

/** Bash splits words at `=`: `--to=adv` is three words. */
const joinAtEquals = (words: readonly string[]): readonly string[] => {
  const joined: string[] = [];
  for (const word of words) {
    const last = joined.at(-1);
    const continues = last?.startsWith('--') && (word.startsWith('=') || last.endsWith('='));
    if (continues) joined[joined.length - 1] = `${last}${word}`;
    else joined.push(word);
  }
  return joined;
};

const FORMATS: Readonly<Record<Shell, (completion: Completion, typed: string) => string>> = {
  // bash replaces only what follows the equals sign
  bash: ({ value }, typed) => (/^--[^=]+=/.test(typed) ? value.slice(value.indexOf('=') + 1) : value),
  zsh: ({ value, description }) =>
    [value, ...(description ? [description] : [])].map((part) => part.replaceAll(':', '\\:')).join(':'),
  fish: ({ value, description }) => (description ? `${value}\t${description}` : value),
};
