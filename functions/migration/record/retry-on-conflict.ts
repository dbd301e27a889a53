import { Conflict } from '../errors.ts';

const TRIES = 10;

/**
 * Repeats a decision if its record was changed between the read and the write, so that the operator's answer is based on
 * the record's present state.
 * @throws Conflict if the record was changed in every try
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
