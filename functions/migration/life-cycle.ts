/** The statuses of a migration; `ALLOWED` is the table of transitions between them. */
export const STATUSES = [
  'queued',
  'planning',
  'provisioning',
  'copying',
  'catchingUp',
  'cuttingOver',
  'holding',
  'cleaningUp',
  'completed',
  'rollingBack',
  'rolledBack',
  'cancelled',
  'failed',
] as const;
export type Status = (typeof STATUSES)[number];

/**
 * `completed` after `planning` is a dry run; a status to itself is a step that runs twice. A rollback returns to
 * `holding` only while the tenant's route is still on the target (`rollback/stay-on-target.ts`).
 */
const ALLOWED: Record<Status, readonly Status[]> = {
  queued: ['planning', 'cancelled', 'rollingBack'],
  planning: ['provisioning', 'completed', 'rollingBack'],
  provisioning: ['copying', 'rollingBack'],
  copying: ['catchingUp', 'rollingBack'],
  catchingUp: ['cuttingOver', 'rollingBack'],
  cuttingOver: ['catchingUp', 'holding', 'rollingBack'],
  holding: ['cleaningUp', 'rollingBack'],
  cleaningUp: ['completed'],
  completed: [],
  rollingBack: ['rolledBack', 'cancelled', 'failed', 'holding'],
  rolledBack: [],
  cancelled: [],
  failed: [],
};

export const mayChange = (from: Status, to: Status): boolean => from === to || ALLOWED[from].includes(to);

/**
 * True if the migration has ended: no process works on it, it holds no lock, slot or copies, and it never changes
 * again.
 */
export const isClosed = (status: Status): boolean =>
  ['completed', 'rolledBack', 'cancelled', 'failed'].includes(status);

/** True if the application reads and writes the target. */
export const isFlipped = (status: Status): boolean => ['holding', 'cleaningUp', 'completed'].includes(status);

/** Returns a status for a sentence: `rolledBack` as `rolled back`. */
export const statusWords = (status: Status): string =>
  status.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);

/** Statuses of a successful migration, in order. */
const FORWARD: readonly Status[] = [
  'queued',
  'planning',
  'provisioning',
  'copying',
  'catchingUp',
  'cuttingOver',
  'holding',
  'cleaningUp',
  'completed',
];

/** True if `to` comes after `from` in a successful migration. A step that runs again must not move the status back. */
export const isAhead = (from: Status, to: Status): boolean =>
  FORWARD.includes(from) && FORWARD.includes(to) && FORWARD.indexOf(to) > FORWARD.indexOf(from);
