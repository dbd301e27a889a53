import { CommanderError } from 'commander';
import { StragglersFound, TierferryError } from '../../functions/migration/errors.ts';
import { controlTables, parseSettings } from '../../functions/migration/settings/settings.ts';
import type { Cli } from './cli.ts';
import type { connect } from './connect.ts';
import { EXIT, exitCodeOf } from './exit-codes.ts';
import { explainError, explainMissingTable } from './explain.ts';
import { createOut, type Out, type Streams } from './out.ts';
import { createProgram } from './program.ts';
import { readGivenSettings } from './read-settings.ts';
import { escapedJson, withVisibleControls } from './render/control-characters.ts';
import { renderNextLines } from './render/render-next.ts';
import { Interrupted } from './watching/interrupt.ts';

/** The streams that a command writes to, and the ports that it uses. */
export interface Place {
  readonly streams: Streams;
  /** Builds a test's own ports; absent to build them from the environment. */
  readonly connect?: typeof connect;
}

/** Runs one command. @returns the exit code. */
export const main = async (
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  { streams, ...place }: Place = { streams: process },
): Promise<number> => {
  const dashes = args.indexOf('--');
  const own = dashes < 0 ? args : args.slice(0, dashes);
  // created before parsing, so that a usage error is printed as a document too
  const out = createOut(own.includes('--json'), env, streams);
  let exitCode: number = EXIT.done;
  let given: unknown;
  const settings = () => parseSettings(given);
  let connectTo = place.connect;
  const cli: Cli = {
    out,
    env,
    afterDashes: dashes < 0 ? undefined : args.slice(dashes + 1),
    settings,
    givenSettings: () => given,
    ports: (required) => {
      if (!connectTo) throw new Error('ports are available once an action runs');
      return connectTo(settings(), env, required ?? {});
    },
    exitWith: (code) => {
      exitCode = code;
    },
  };
  const program = createProgram(cli, streams).hook('preAction', async (root) => {
    given = await readGivenSettings(root.opts<{ settings?: string }>().settings, env);
    // loaded late: the AWS SDK takes longest to load, and help and usage errors do not need it
    connectTo ??= (await import('./connect.ts')).connect;
  });
  try {
    await program.parseAsync(args, { from: 'user' });
    return exitCode;
  } catch (error) {
    return exitWithError(out, streams, error, tablesOf(settings));
  }
};

const tablesOf = (settings: () => Parameters<typeof controlTables>[0]): string[] => {
  try {
    return Object.values(controlTables(settings()));
  } catch {
    // the settings are invalid, so there are no table names
    return [];
  }
};

const exitWithError = (out: Out, { stderr }: Streams, thrown: unknown, tables: readonly string[]): number => {
  if (thrown instanceof CommanderError) return exitWithUsageError(out, thrown);
  const error = explainMissingTable(explainError(thrown), tables);
  const name = error instanceof Error ? error.name : 'Error';
  const message = oneLine(error instanceof Error ? error.message : String(error));
  const keys = error instanceof StragglersFound ? error.keys : [];
  if (out.json) {
    const other = { code: name, facts: {}, next: null };
    const { code, facts, next } = error instanceof TierferryError ? error : other;
    const document = {
      name,
      code,
      message,
      facts: { ...facts },
      ...(keys.length > 0 ? { keys } : {}),
    };
    out.result('error', { error: document }, () => [], next);
  }
  stderr.write(
    error instanceof Interrupted
      ? `\n${withVisibleControls(message)}\n`
      : `tierferry: ${withVisibleControls(message)}\n`,
  );
  for (const key of keys) stderr.write(`  ${escapedJson(key)}\n`);
  // with --json, the document has the next action
  if (!out.json) for (const line of renderNextLines(error)) stderr.write(`${withVisibleControls(line)}\n`);
  return error instanceof Interrupted ? EXIT.interrupted : exitCodeOf(error);
};

/** Reports a usage error. Commander also throws for --help and --version, which end with 0. */
const exitWithUsageError = (out: Out, error: CommanderError): number => {
  if (error.exitCode === 0) return EXIT.done;
  const message =
    error.code === 'commander.help'
      ? 'no command was given; see --help'
      : error.message.replace(/^error: /, '');
  if (out.json)
    out.result(
      'error',
      { error: { name: 'UsageError', code: 'UsageError', message: oneLine(message), facts: {} } },
      () => [],
    );
  return EXIT.invalid;
};

const oneLine = (text: string): string => text.replaceAll(/\s+/g, ' ').trim();
