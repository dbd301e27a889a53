import type { ErrorEntry } from '../../functions/migration/error-catalogue.ts';
import { EXIT } from './exit-codes.ts';

/** An error of the command line, and its exit code. */
export interface CliErrorEntry extends ErrorEntry {
  readonly exit: number;
}

/** Every error that the command line itself reports, by its code; docs/errors.md lists them beside those of the core. */
export const CLI_ERRORS = {
  UsageError: {
    exit: EXIT.invalid,
    meaning: 'The command, a flag or an argument is missing or unknown. Nothing was changed.',
    todo: 'Correct the command line; each command has `--help`.',
  },
  SettingsMissing: {
    exit: EXIT.invalid,
    meaning:
      'A region, credentials, a state machine, a control table or a package is missing. Nothing was changed.',
    todo: 'Set what the message names, or start a local stack.',
  },
  ReportNotFound: {
    exit: EXIT.failed,
    meaning: 'The migration has no report. It is written when the migration ends or fails.',
    todo: 'Wait until the migration has ended, or look at its events.',
  },
  WaitTimedOut: {
    exit: EXIT.failed,
    meaning: 'The migration did not reach the status in the given time. It continues.',
    todo: 'Look at its status, then wait again.',
  },
  EngineNotFound: {
    exit: EXIT.failed,
    meaning: 'No DynamoDB engine can be started on this machine.',
    todo: 'Install what the message names.',
  },
  Interrupted: {
    exit: EXIT.interrupted,
    meaning: 'The command was interrupted. A watched migration continues.',
    todo: 'Run the command again to go on watching.',
  },
} as const satisfies Readonly<Record<string, CliErrorEntry>>;
