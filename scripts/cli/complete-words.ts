import type { Argument, Command, Option } from 'commander';
import type { Cli } from './cli.ts';

/** A word that may come next, with a description for the shells that show one. */
export interface Completion {
  readonly value: string;
  readonly description?: string;
}

/** Completions of the last word: candidates, or `files` to let the shell complete file names. */
export type Completions = readonly Completion[] | 'files';

/** Reads the values for the name of an option's or argument's value, e.g. `tenant` for `--tenant <tenant>`. */
export type ReadValues = (name: string) => Promise<readonly Completion[]>;

const FILE_NAMES = ['file', 'folder'];

/**
 * Returns the completions of the last word of a command line.
 * @param words the words after `tierferry`; the last one may be empty
 */
export const completeWords = async (
  cli: Cli,
  program: Command,
  words: readonly string[],
  readValues: ReadValues,
): Promise<Completions> => {
  const before = words.slice(0, -1);
  const last = words.at(-1) ?? '';
  const { command, operands, pending } = await parseWords(cli, program, before);
  const [flag, value] = splitFlag(last);
  const valued = value === undefined ? undefined : optionsOf(command).find(({ long }) => long === flag);
  if (valued) return prefixed(`${flag}=`, await valuesOf(valued, value ?? '', readValues));
  if (pending) return valuesOf(pending, last, readValues);
  if (last.startsWith('-')) return startingWith(last, flagsOf(command, before));
  if (command.commands.length > 0) return startingWith(last, commandsOf(command));
  if (command.name() === 'help') return startingWith(last, await helpWords(cli, program, operands));
  const argument = argumentAt(command, operands.length);
  return argument ? valuesOf(argument, last, readValues) : [];
};

interface CommandLine {
  readonly command: Command;
  /** Operands of the command before the last word. */
  readonly operands: readonly string[];
  /** The option whose value is the last word. */
  readonly pending: Option | undefined;
}

/** Finds the command that the words name, the operands, and the option that waits for its value. */
const parseWords = async (cli: Cli, program: Command, words: readonly string[]): Promise<CommandLine> => {
  let command = program;
  let pending: Option | undefined;
  const operands: string[] = [];
  for (const word of words) {
    if (pending) {
      pending = undefined;
      continue;
    }
    if (word.startsWith('-')) {
      const option = optionsOf(command).find(({ long, short }) => word === long || word === short);
      pending = option?.required ? option : undefined;
      continue;
    }
    const next = command.commands.find((one) => one.name() === word);
    if (!next) operands.push(word);
    else {
      if (command === program) await cli.define(next);
      command = next;
    }
  }
  return { command, operands, pending };
};

/** Returns the options of a command and of those that it belongs to. */
const optionsOf = (command: Command): readonly Option[] => [
  ...command.createHelp().visibleOptions(command),
  ...(command.parent ? command.createHelp().visibleGlobalOptions(command) : []),
];

const flagsOf = (command: Command, given: readonly string[]): readonly Completion[] =>
  optionsOf(command).flatMap(({ long, description }) =>
    long && !given.includes(long) ? [{ value: long, description }] : [],
  );

const commandsOf = (command: Command): readonly Completion[] =>
  command
    .createHelp()
    .visibleCommands(command)
    .map((one) => ({ value: one.name(), description: one.description() }));

/** Returns the commands, or the commands of a group, and the topics. */
const helpWords = async (
  cli: Cli,
  program: Command,
  [group]: readonly string[],
): Promise<readonly Completion[]> => {
  if (group === undefined) {
    const { listTopics } = await import('./help-topics.ts');
    const topics = listTopics().map(([value, description]) => ({ value, description }));
    return [...commandsOf(program), ...topics];
  }
  const command = program.commands.find((one) => one.name() === group);
  if (!command) return [];
  await cli.define(command);
  return commandsOf(command);
};

const argumentAt = (command: Command, n: number): Argument | undefined => {
  const all = command.registeredArguments;
  const last = all.at(-1);
  return all[n] ?? (last?.variadic ? last : undefined);
};

const valuesOf = async (
  asked: Option | Argument,
  last: string,
  readValues: ReadValues,
): Promise<Completions> => {
  const name = 'flags' in asked ? (/[<[]([^>\]]+)[>\]]/.exec(asked.flags)?.[1] ?? '') : asked.name();
  if (FILE_NAMES.includes(name)) return 'files';
  const choices = asked.argChoices?.map((value) => ({ value }));
  // a list of values has commas: the last one is completed
  const done = choices ? last.slice(0, last.lastIndexOf(',') + 1) : '';
  const values = choices ?? (await readValues(name));
  return prefixed(done, startingWith(last.slice(done.length), values));
};

/** Splits `--to=adv` into flag and value. */
const splitFlag = (word: string): readonly [string, string | undefined] => {
  const at = word.startsWith('--') ? word.indexOf('=') : -1;
  return at < 0 ? [word, undefined] : [word.slice(0, at), word.slice(at + 1)];
};

const startingWith = (start: string, all: readonly Completion[]): readonly Completion[] =>
  all.filter(({ value }) => value.startsWith(start));

const prefixed = (prefix: string, completions: Completions): Completions =>
  completions === 'files' ? 'files' : completions.map((one) => ({ ...one, value: `${prefix}${one.value}` }));
