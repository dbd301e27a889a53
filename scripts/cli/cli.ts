import { type Command, createCommand } from 'commander';
import type { Ports } from '../../functions/migration/ports.ts';
import type { Settings } from '../../functions/migration/settings.ts';
import type { Out } from './out.ts';

/** What commands share. */
export interface Cli {
  readonly out: Out;
  readonly env: NodeJS.ProcessEnv;
  /** The arguments after `--`; absent if there is none. */
  readonly afterDashes?: readonly string[] | undefined;
  /** What was said of the deployment, with the defaults for what was not. */
  settings(): Settings;
  /** The same without the defaults. */
  givenSettings(): unknown;
  /** The world by the SDK's own configuration. @throws NotConfigured */
  ports(needs?: { readonly workflow?: boolean }): Ports;
  /** Sets the exit code of a command that ends without an error. */
  exitWith(code: number): void;
}

/** A command with its examples under its help. */
export const commandWithExamples = (
  name: string,
  description: string,
  examples: readonly string[],
): Command =>
  createCommand(name)
    .description(description)
    .addHelpText('after', ['', 'Examples:', ...examples.map((line) => `  $ tierferry ${line}`)].join('\n'));
