import { InvalidRequest, NotSafe } from '../../functions/migration/errors.ts';

/** Exit codes of the command line, documented in `--help` and docs/cli.md. */
export const EXIT = { done: 0, failed: 1, invalid: 2, notSafe: 3, interrupted: 130 } as const;

export const exitCodeOf = (error: unknown): number => {
  if (error instanceof InvalidRequest) return EXIT.invalid;
  if (error instanceof NotSafe) return EXIT.notSafe;
  return EXIT.failed;
};
