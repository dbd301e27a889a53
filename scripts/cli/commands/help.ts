import type { Command } from 'commander';
import { InvalidRequest } from '../../../functions/migration/errors.ts';
import { type Cli, type Define, withExamples } from '../cli.ts';
import { didYouMean } from '../did-you-mean.ts';
import { explainTopic, listTopics, topicNames } from '../help-topics.ts';
import { renderTable } from '../render/text-table.ts';

/** Width of the text if there is no terminal, and its maximum in one: longer lines are hard to read. */
const WIDTH = 80;
const MAX_WIDTH = 100;

export const defineHelp: Define = (command, cli) =>
  withExamples(command, [
    'help migrate',
    'help tenant add',
    'help topics                # lists the topics',
    'help concepts | less',
    'help straggler             # a term of the glossary',
    'help exit-codes',
  ]).action(async (words: readonly string[]) => {
    const program = command.parent ?? command;
    if (words.length === 0) return program.outputHelp();
    const named = await findCommand(cli, program, words);
    if (named) return named.outputHelp();
    const topic = words.join(' ');
    const lines = topic === 'topics' ? topicLines() : explainTopic(topic, widthOf(cli));
    if (!lines) throw new InvalidRequest(unknownTopicText(program, topic));
    cli.out.result('help-topic', { topic, text: lines.join('\n') }, () => lines);
  });

/** Finds a command, or a command of a group, with its options. */
const findCommand = async (
  cli: Cli,
  program: Command,
  words: readonly string[],
): Promise<Command | undefined> => {
  let found: Command = program;
  for (const word of words) {
    const next = found.commands.find((one) => one.name() === word);
    if (!next) return undefined;
    if (found === program) await cli.define(next);
    found = next;
  }
  return found;
};

const topicLines = (): readonly string[] => [
  ...renderTable(['topic', 'about'], listTopics()),
  '',
  "'tierferry help' also explains each command, each term of the glossary and each error by its name.",
];

const widthOf = ({ out }: Cli): number => Math.min(out.stream.columns ?? WIDTH, MAX_WIDTH);

const unknownTopicText = (program: Command, topic: string): string => {
  const known = [...program.commands.map((one) => one.name()), ...topicNames()];
  return `there is no command, topic, term or error '${topic}'.${didYouMean(topic, known)} See 'tierferry help' and 'tierferry help topics'.`;
};
