import { userInfo } from 'node:os';

/** The name that an audit trail gets where nobody says another. */
export const currentUser = (): string => {
  try {
    return userInfo().username;
  } catch {
    // a user id without an entry in the system's list of users, as in some containers
    return `uid-${process.getuid?.() ?? 'unknown'}`;
  }
};
