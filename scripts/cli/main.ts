import { CommanderError } from 'commander';
import { controlTables, parseSettings } from '../../functions/migration/settings.ts';
import type { Cli } from './cli.ts';
import { connect } from './connect.ts';
import { EXIT, exitCodeOf } from './exit-codes.ts';
import { explain, explainMissingTable } from './explain.ts';
import { createOut, type Out, type Streams } from './out.ts';
import { createProgram } from './program.ts';
import { readGivenSettings } from './read-settings.ts';
import { Interrupted } from './watching/interrupt.ts';

/** Where a command runs: this process and the world that it is configured for, or a test's. */
export interface Place {
  readonly streams: Streams;
  readonly connect: typeof connect;
}

/** Runs one command. @returns the exit code. */
export const main = async (
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  place: Place = { streams: process, connect },
): Promise<number> => {
  const { streams } = place;
  const out = createOut(asksForJson(args), env, streams);
  let exitCode: number = EXIT.done;
  let given: unknown;
  const settings = () => parseSettings(given);
  const cli: Cli = {
    out,
    env,
    settings,
    givenSettings: () => given,
    ports: (needs) => place.connect(settings(), env, needs ?? {}),
    exitWith: (code) => {
      exitCode = code;
    },
  };
  const program = createProgram(cli).hook('preAction', async (root) => {
    given = await readGivenSettings(root.opts<{ settings?: string }>().settings, env);
  });
  try {
    await program.parseAsync(args, { from: 'user' });
    return exitCode;
  } catch (error) {
    return fail(out, streams, error, tablesOf(settings));
  }
};

/** Before parsing, so that a usage error is a document too. */
const asksForJson = (args: readonly string[]): boolean => {
  const end = args.indexOf('--');
  return (end < 0 ? args : args.slice(0, end)).includes('--json');
};

const tablesOf = (settings: () => Parameters<typeof controlTables>[0]): string[] => {
  try {
    return Object.values(controlTables(settings()));
  } catch {
    // the settings themselves are what is wrong
    return [];
  }
};

const fail = (out: Out, { stderr }: Streams, thrown: unknown, tables: readonly string[]): number => {
  if (thrown instanceof CommanderError) return failUsage(out, thrown);
  const error = explainMissingTable(explain(thrown), tables);
  const name = error instanceof Error ? error.name : 'Error';
  const message = oneLine(error instanceof Error ? error.message : String(error));
  if (out.json) out.result({ error: { name, message } }, () => []);
  stderr.write(error instanceof Interrupted ? `\n${message}\n` : `tierferry: ${message}\n`);
  return error instanceof Interrupted ? EXIT.interrupted : exitCodeOf(error);
};

/** Help and version are what was asked for; everything else that commander throws is a wrong command line. */
const failUsage = (out: Out, error: CommanderError): number => {
  if (error.exitCode === 0) return EXIT.done;
  const message =
    error.code === 'commander.help' ? 'which command? see --help' : error.message.replace(/^error: /, '');
  if (out.json) out.result({ error: { name: 'UsageError', message: oneLine(message) } }, () => []);
  return EXIT.invalid;
};

const oneLine = (text: string): string => text.replaceAll(/\s+/g, ' ').trim();
