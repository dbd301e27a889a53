import { InvalidRequest, NotSafe } from '../../functions/migration/errors.ts';

/** What the command line says to the shell. Documented in `--help` and in the README. */
export const EXIT = { done: 0, failed: 1, invalid: 2, notSafe: 3, interrupted: 130 } as const;

export const exitCodeOf = (error: unknown): number => {
  if (error instanceof InvalidRequest) return EXIT.invalid;
  if (error instanceof NotSafe) return EXIT.notSafe;
  return EXIT.failed;
};
