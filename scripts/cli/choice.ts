import { Option } from 'commander';
import { InvalidRequest } from '../../functions/migration/errors.ts';
import { didYouMean } from './did-you-mean.ts';

/** Letters and digits of a word: `catching-up` and `CATCHING UP` mean the status `catchingUp`. */
const normalized = (word: string): string => word.toLowerCase().replaceAll(/[^a-z0-9]/g, '');

/** Creates an option with a fixed set of values, which the help and the shells' completion list. */
export const choiceOption = (flags: string, description: string, choices: readonly string[]): Option => {
  const option = new Option(flags, description);
  return option.choices(choices).argParser((given) => parseChoice(option, given));
};

/** Creates an option with one or more values of a fixed set, separated by commas. */
export const choicesOption = (flags: string, description: string, choices: readonly string[]): Option => {
  const option = new Option(flags, description);
  return option
    .choices(choices)
    .argParser((given: string) => given.split(',').map((one) => parseChoice(option, one)));
};

const alternatives = (words: readonly string[]): string =>
  [words.slice(0, -1).join(', '), ...words.slice(-1)].join(' or ');

/** @throws InvalidRequest that lists the values, and suggests one for a typing error. */
const parseChoice = ({ long, argChoices = [] }: Option, given: string): string => {
  const choice = argChoices.find((one) => normalized(one) === normalized(given));
  if (choice !== undefined) return choice;
  throw new InvalidRequest(
    `${long} must be ${alternatives(argChoices)}, not '${given}'.${didYouMean(given, argChoices)} Nothing was changed.`,
  );
};
