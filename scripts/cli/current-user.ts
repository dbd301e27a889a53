import { userInfo } from 'node:os';

/** Returns the user's name for the audit trail, the default of `--by`. */
export const currentUser = (): string => {
  try {
    return userInfo().username;
  } catch {
    // a user id without an entry in the system's user database, as in some containers
    return `uid-${process.getuid?.() ?? 'unknown'}`;
  }
};
