import { type Command, createCommand } from 'commander';
import packageJson from '../../package.json' with { type: 'json' };
import type { Cli } from './cli.ts';
import { consoleCommand } from './commands/console.ts';
import { controlCommands } from './commands/controls.ts';
import { demoCommand } from './commands/demo.ts';
import { doctorCommand, mendCommand } from './commands/doctor.ts';
import { eventsCommand } from './commands/events.ts';
import { holdCommand } from './commands/hold.ts';
import { limitCommand } from './commands/limit.ts';
import { localCommand } from './commands/local.ts';
import { migrateCommand } from './commands/migrate.ts';
import { planCommand } from './commands/plan.ts';
import { queueCommand } from './commands/queue.ts';
import { reportCommand } from './commands/report.ts';
import { retryCommand } from './commands/retry.ts';
import { rollbackCommand } from './commands/rollback.ts';
import { statusCommand } from './commands/status.ts';
import { sweepCommand } from './commands/sweep.ts';
import { tableCommand } from './commands/table.ts';
import { tenantCommand } from './commands/tenant.ts';
import { thresholdsCommand } from './commands/thresholds.ts';
import { verifyCommand } from './commands/verify.ts';
import type { Streams } from './out.ts';
import { withVisibleControlsPerLine } from './render/control-characters.ts';

const AFTER_HELP = `
Examples:
  $ tierferry demo                              a whole migration on this machine
  $ tierferry plan cedar-valley --to advanced   what a migration would do
  $ tierferry migrate cedar-valley --to advanced --watch
  $ tierferry status

Connection:
  AWS by the SDK's own configuration (AWS_REGION, AWS_PROFILE, ...), with
  TIERFERRY_STATE_MACHINE_ARN and TIERFERRY_ROLLBACK_STATE_MACHINE_ARN set to the
  deployment's state machines; or the environment that 'tierferry local' prints.

Exit codes:
  0  done: the command did what it says, a watched migration completed,
     a watched rollback brought the tenant back, the compared sides are equal
  1  failed: a migration failed or was cancelled, the compared sides differ,
     a service gave no answer, the doctor has findings
  2  usage or invalid request: nothing was changed
  3  not safe to do now, e.g. the tenant is being migrated, the plan has
     blockers: nothing was changed
  130  stopped by Ctrl-C; a watched migration continues`;

/** Width of the help if there is no terminal. */
const HELP_WIDTH = 80;

/** Creates the command line. Errors are thrown, and never printed or turned into an exit before. */
export const createProgram = (cli: Cli, { stdout, stderr }: Streams): Command => {
  const program = rootCommand().configureOutput({
    writeOut: (text) => stdout.write(text),
    // a usage error quotes the user's input
    writeErr: (text) => stderr.write(withVisibleControlsPerLine(text)),
    getOutHelpWidth: () => stdout.columns ?? HELP_WIDTH,
    getErrHelpWidth: () => stderr.columns ?? HELP_WIDTH,
  });
  const groups = {
    'Try it:': [localCommand(cli), demoCommand(cli)],
    'Move a tenant:': [tenantCommand(cli), planCommand(cli), migrateCommand(cli)],
    'Move many:': [sweepCommand(cli), tableCommand(cli), queueCommand(cli)],
    'See:': [
      consoleCommand(cli),
      statusCommand(cli),
      eventsCommand(cli),
      reportCommand(cli),
      verifyCommand(cli),
      thresholdsCommand(cli),
    ],
    'While it runs:': [...controlCommands(cli), limitCommand(cli)],
    'After it:': [holdCommand(cli), rollbackCommand(cli), retryCommand(cli)],
    'If something is wrong:': [doctorCommand(cli), mendCommand(cli)],
  };
  for (const [heading, commands] of Object.entries(groups))
    for (const command of commands) program.addCommand(command.helpGroup(heading));
  inheritSettings(program);
  return program;
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
    .exitOverride()
    .showHelpAfterError('(see --help)')
    .configureHelp({ showGlobalOptions: true });

/** Passes the program's settings on to commands that were created separately. */
const inheritSettings = (parent: Command): void => {
  for (const command of parent.commands) {
    command.copyInheritedSettings(parent);
    inheritSettings(command);
  }
};
