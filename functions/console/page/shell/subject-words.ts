import type { Session } from '../api/schema.ts';

/** Returns who is signed in and with which role, marked as in the audit trail. */
export const subjectWords = ({ name, role, verified }: Session['subject']): string =>
  `${name}${verified ? '' : ' (unverified)'}, ${role}`;
