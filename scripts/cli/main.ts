import { type Command, CommanderError } from 'commander';
import { StragglersFound, TierferryError } from '../../functions/migration/errors.ts';
import { askTerminal } from './ask-terminal.ts';
import type { Cli } from './cli.ts';
import { COMMANDS } from './command-list.ts';
import type { connect } from './connect.ts';
import { EXIT, exitCodeOf } from './exit-codes.ts';
import { explainError, explainMissingTable } from './explain.ts';
import { createOut, type Out, type Streams } from './out.ts';
import { createProgram, defineCommand, usageErrorText } from './program.ts';
import { escapedJson, withVisibleControls } from './render/control-characters.ts';
import { renderNextLines } from './render/render-next.ts';
import { Interrupted } from './watching/interrupt.ts';

/** The streams that a command uses, and its ports. */
export interface Place {
  readonly streams: Streams;
  /** Builds a test's own ports; absent to build them from the environment. */
  readonly connect?: typeof connect;
  /** Folder in which, or above which, a running local stack is looked for; absent for the current one. */
  readonly folder?: string;
}

/** Runs one command. @returns the exit code. */
export const main = async (
  args: readonly string[],
  givenEnv: NodeJS.ProcessEnv,
  { streams, ...place }: Place = { streams: process },
): Promise<number> => {
  const dashes = args.indexOf('--');
  const own = dashes < 0 ? args : args.slice(0, dashes);
  let env = givenEnv;
  // decided before parsing, so that a usage error is printed as a document too
  const out = createOut(own.includes('--json') ? await loadDocuments() : undefined, givenEnv, streams);
  let exitCode: number = EXIT.done;
  let given: unknown;
  let loaded: Configuration | undefined;
  const configuration = () => {
    if (!loaded) throw new Error('settings and ports are available once an action runs');
    return loaded;
  };
  const settings = () => configuration().parseSettings(given);
  const cli: Cli = {
    out,
    get env() {
      return env;
    },
    afterDashes: dashes < 0 ? undefined : args.slice(dashes + 1),
    settings,
    givenSettings: () => given,
    ports: (required) => configuration().connect(settings(), env, required ?? {}),
    ask: askTerminal(streams),
    define: (command) => defineCommand(cli, command),
    exitWith: (code) => {
      exitCode = code;
    },
  };
  const program = createProgram(cli, streams).hook('preAction', async (root, command) => {
    const own = topCommand(root, command);
    if (isOffline(own)) return;
    if (!place.connect && !STARTS_A_STACK.includes(own))
      env = await useRunningStack(givenEnv, place.folder ?? process.cwd(), streams);
    loaded = await loadConfiguration(place.connect);
    given = await loaded.readGivenSettings(root.opts<{ settings?: string }>().settings, env);
  });
  try {
    await program.parseAsync(args, { from: 'user' });
    return exitCode;
  } catch (error) {
    const tables = () => Object.values(configuration().controlTables(settings()));
    return exitWithError(out, streams, error, fallbackToNone(tables));
  }
};

/** Commands that start a stack of their own. */
const STARTS_A_STACK = ['local', 'demo'];

/** Returns the name of the command, or of the group that it belongs to. */
const topCommand = (root: Command, command: Command): string =>
  command.parent && command.parent !== root ? topCommand(root, command.parent) : command.name();

/** Returns the environment of a running local stack if the given one chooses no connection, and says so. */
const useRunningStack = async (
  env: NodeJS.ProcessEnv,
  folder: string,
  { stderr }: Streams,
): Promise<NodeJS.ProcessEnv> => {
  const { findConnection } = await import('./find-connection.ts');
  const stack = await findConnection(env, folder);
  if (!stack) return env;
  stderr.write(`tierferry: using the local stack that process ${stack.pid} runs
`);
  // a variable that is set has precedence, e.g. other settings
  const added = Object.fromEntries(Object.entries(stack.env).filter(([name]) => !env[name]));
  // the SDK reads its configuration from the process
  Object.assign(process.env, added);
  return { ...env, ...added };
};

const isOffline = (command: string): boolean =>
  COMMANDS.find(({ name }) => name === command)?.isOffline === true;

const loadDocuments = async () => (await import('./documents/documents.ts')).documentOf;

type Configuration = Awaited<ReturnType<typeof loadConfiguration>>;

/** Loads what settings and ports need: late, since help and usage errors need neither, and the AWS SDK takes longest. */
const loadConfiguration = async (connectTo: typeof connect | undefined) => {
  const { controlTables, parseSettings } = await import('../../functions/migration/settings/settings.ts');
  const { readGivenSettings } = await import('./read-settings.ts');
  return {
    controlTables,
    parseSettings,
    readGivenSettings,
    connect: connectTo ?? (await import('./connect.ts')).connect,
  };
};

const fallbackToNone = (names: () => string[]): string[] => {
  try {
    return names();
  } catch {
    // the settings are invalid or were not read, so there are no table names
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
    error.code === 'commander.help' ? 'no command was given; see --help' : usageErrorText(error.message);
  if (out.json)
    out.result(
      'error',
      { error: { name: 'UsageError', code: 'UsageError', message: oneLine(message), facts: {} } },
      () => [],
    );
  return EXIT.invalid;
};

const oneLine = (text: string): string => text.replaceAll(/\s+/g, ' ').trim();
