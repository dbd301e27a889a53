import { type Argument, type Command, createCommand } from 'commander';
import packageJson from '../../package.json' with { type: 'json' };
import type { Cli } from './cli.ts';
import { COMMAND_GROUPS, COMMANDS, type ListedCommand } from './command-list.ts';
import type { Streams } from './out.ts';
import { withVisibleControlsPerLine } from './render/control-characters.ts';

const AFTER_HELP = `
Examples:
  $ tierferry demo                              a whole migration on this machine
  $ tierferry plan cedar-valley --to advanced   what a migration would do
  $ tierferry migrate cedar-valley --to advanced --watch
  $ tierferry status
  $ tierferry help concepts                     how it works; 'help topics' lists more

Connection:
  AWS by the SDK's own configuration (AWS_REGION, AWS_PROFILE, ...), with
  TIERFERRY_STATE_MACHINE_ARN and TIERFERRY_ROLLBACK_STATE_MACHINE_ARN set to the
  deployment's state machines. If the environment chooses no connection, commands use
  the stack that 'tierferry local' runs in this folder or above it

Exit codes:
  0  done: the command did what it says, a watched migration completed,
     a watched rollback brought the tenant back, the compared sides are equal
  1  failed: a migration failed or was cancelled, the compared sides differ,
     a service did not answer, the doctor has findings
  2  usage or invalid request: nothing was changed
  3  not safe to do now, e.g. the tenant is being migrated, the plan has
     blockers: nothing was changed
  130  stopped by Ctrl-C; a watched migration continues`;

/** Width of the help if there is no terminal. */
const HELP_WIDTH = 80;

/**
 * Creates the command line. A command's options are added when it is used (`defineCommand`). Errors are thrown, and never
 * turned into an exit before.
 */
export const createProgram = (cli: Cli, { stdout, stderr }: Streams): Command => {
  const program = rootCommand().configureOutput({
    writeOut: (text) => stdout.write(text),
    // a usage error quotes the user's input
    writeErr: (text) => stderr.write(withVisibleControlsPerLine(text)),
    getOutHelpWidth: () => stdout.columns ?? HELP_WIDTH,
    getErrHelpWidth: () => stderr.columns ?? HELP_WIDTH,
    outputError: (text, write) => write(`tierferry: ${usageErrorText(text)}\n`),
  });
  for (const [heading, commands] of Object.entries(COMMAND_GROUPS)) {
    for (const listed of commands)
      program.addCommand(listedCommand(listed).helpGroup(heading), { hidden: listed.isHidden ?? false });
  }
  inheritSettings(program);
  return program.hook('preSubcommand', (_, command) => cli.define(command));
};

/** Returns commander's text of a usage error in one line, without its prefix. */
export const usageErrorText = (text: string): string =>
  text
    .replace(/^error: /, '')
    .replace(/\n\(Did you mean (one of )?(.*)\?\)/, ". Did you mean $1'$2'?")
    .replaceAll(/\s+/g, ' ')
    .trim();

const DEFINED = new WeakSet<Command>();

/** Loads a command's module, and adds its options and action. Safe to repeat. */
export const defineCommand = async (cli: Cli, command: Command): Promise<void> => {
  const listed = COMMANDS.find(({ name }) => name === command.name());
  if (!listed || DEFINED.has(command)) return;
  DEFINED.add(command);
  const define = await listed.load();
  define(command, cli);
  inheritSettings(command);
};

const listedCommand = ({ name, description, args = {} }: ListedCommand): Command => {
  const command = createCommand(name).description(description);
  for (const [argument, about] of Object.entries(args)) command.argument(argument, about);
  return command;
};

const rootCommand = (): Command =>
  createCommand('tierferry')
    .description('Moves one tenant of a multi-tenant DynamoDB application between tier tables.')
    .version(packageJson.version)
    .option('--json', 'one JSON document on stdout (with --watch, one per line), everything else on stderr')
    .option(
      '--settings <file>',
      "the deployment's settings, .json or .ts (default: $TIERFERRY_SETTINGS, else tierferry.config.ts)",
    )
    .addHelpText('after', AFTER_HELP)
    // `commands/help.ts` also explains topics
    .helpCommand(false)
    .exitOverride()
    .showHelpAfterError('(see --help)')
    // a command's options are not known before it is used
    .configureHelp({ showGlobalOptions: true, subcommandTerm });

const subcommandTerm = (command: Command): string =>
  [command.name(), ...command.registeredArguments.map(argumentTerm)].join(' ');

const argumentTerm = (argument: Argument): string => {
  const name = `${argument.name()}${argument.variadic ? '...' : ''}`;
  return argument.required ? `<${name}>` : `[${name}]`;
};

/** Passes the program's settings on to commands that were created separately. */
const inheritSettings = (parent: Command): void => {
  for (const command of parent.commands) {
    command.copyInheritedSettings(parent);
    inheritSettings(command);
  }
};
