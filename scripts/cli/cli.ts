import { type Command, createCommand } from 'commander';
import type { Ports } from '../../functions/migration/ports.ts';
import type { Settings } from '../../functions/migration/settings/settings.ts';
import type { Out } from './out.ts';

/** The services that every command uses. */
export interface Cli {
  readonly out: Out;
  readonly env: NodeJS.ProcessEnv;
  /** Arguments after `--`; absent if the command line has no `--`. */
  readonly afterDashes?: readonly string[] | undefined;
  /** Returns the deployment's settings, with defaults for those that were not given. */
  settings(): Settings;
  /** Returns the settings that were given, without defaults. */
  givenSettings(): unknown;
  /** Builds the ports from the environment and the SDK's own configuration. @throws SettingsMissing */
  ports(required?: { readonly workflow?: boolean }): Ports;
  /** Asks the user a question in the terminal; absent if the command was not started in one. @throws Interrupted */
  readonly ask?: ((question: string) => Promise<string>) | undefined;
  /** Adds the options and the action to a command of the program. Safe to repeat. */
  define(command: Command): Promise<void>;
  /** Sets the exit code of a command that ends without an error. */
  exitWith(code: number): void;
}

/** Adds options, examples and the action to a command. */
export type Define = (command: Command, cli: Cli) => Command;

/** Adds examples to the end of a command's help. */
export const withExamples = (command: Command, examples: readonly string[]): Command =>
  command.addHelpText(
    'after',
    ['', 'Examples:', ...examples.map((line) => `  $ tierferry ${line}`)].join('\n'),
  );

/** Creates a command of a group, e.g. `tenant add`, whose help ends with examples. */
export const commandWithExamples = (
  name: string,
  description: string,
  examples: readonly string[],
): Command => withExamples(createCommand(name).description(description), examples);
