/** The life of a migration: one table of allowed transitions. */
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
 * `completed` after `planning` is a dry run; a status to itself is a step that runs twice. A rollback goes back to `holding`
 * only while the tenant's route is still on the target (`rollback/stay-on-target.ts`).
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

/** Nothing runs for the migration any more, it holds neither lock nor room nor copies, and it never changes again. */
export const isClosed = (status: Status): boolean =>
  ['completed', 'rolledBack', 'cancelled', 'failed'].includes(status);

/** The application reads and writes the target; there is only forward. */
export const isFlipped = (status: Status): boolean => ['holding', 'cleaningUp', 'completed'].includes(status);

/** Statuses in the order of a migration that goes well, for "has it come this far?". */
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

/** Whether the way from `from` to `to` goes forward, so that a step that runs again never takes the status back. */
export const isAhead = (from: Status, to: Status): boolean =>
  FORWARD.includes(from) && FORWARD.includes(to) && FORWARD.indexOf(to) > FORWARD.indexOf(from);
