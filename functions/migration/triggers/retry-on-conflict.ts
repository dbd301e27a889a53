import { Conflict } from '../errors.ts';

const TRIES = 10;

/**
 * Decides again from the record as it is now if it changed between the read and the write, so that an operator gets an
 * answer for what is, and never for what was.
 * @throws Conflict if the record changed each time, and what `decide` throws.
 */
export const retryOnConflict = async <T>(decide: () => Promise<T>): Promise<T> => {
  for (let tries = 1; ; tries += 1) {
    try {
      return await decide();
    } catch (error) {
      if (!(error instanceof Conflict) || tries === TRIES) throw error;
    }
  }
};
