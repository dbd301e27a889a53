import StatusIndicator, { type StatusIndicatorProps } from '@cloudscape-design/components/status-indicator';
import type { Migration, MigrationRow } from '../api/schema.ts';

export type Status = Migration['status'];

/** The words for each status. */
export const STATUS_LABELS: Readonly<Record<Status, string>> = {
  queued: 'Queued',
  planning: 'Planning',
  provisioning: 'Provisioning',
  copying: 'Copying',
  catchingUp: 'Catching up',
  cuttingOver: 'Cutting over',
  holding: 'Flipped, source kept',
  cleaningUp: 'Cleaning up',
  completed: 'Completed',
  rollingBack: 'Rolling back',
  rolledBack: 'Rolled back',
  cancelled: 'Cancelled',
  failed: 'Failed',
};

const CLOSED: ReadonlySet<Status> = new Set(['completed', 'rolledBack', 'cancelled', 'failed']);

/** True if the migration has ended. */
export const isClosed = (status: Status): boolean => CLOSED.has(status);

/** True if the migration is being undone, or was. */
export const isUndone = (status: Status): boolean =>
  status === 'rollingBack' || status === 'rolledBack' || status === 'cancelled';

const typeOf = ({ status, cancellation }: ShownStatus): StatusIndicatorProps.Type => {
  switch (status) {
    case 'completed':
      return 'success';
    case 'failed':
      return 'error';
    case 'rollingBack':
      return cancellation ? 'in-progress' : 'warning';
    case 'rolledBack':
    case 'cancelled':
      return 'stopped';
    case 'queued':
      return 'pending';
    case 'holding':
      return 'info';
    default:
      return 'in-progress';
  }
};

/** The words for a status after "while". */
const whileWords = (status: Status): string =>
  status === 'holding' ? 'the source is kept' : STATUS_LABELS[status].toLowerCase();

type ShownStatus = Pick<Migration, 'status' | 'paused' | 'cutoverHeld' | 'dryRun'> &
  Partial<Pick<MigrationRow, 'execution' | 'cancellation'>>;

/** The status of a migration, and an operator's requests about it. */
export const MigrationStatus = ({ migration }: { readonly migration: ShownStatus }) => {
  const { status, paused, cutoverHeld, execution, dryRun } = migration;
  const isOpen = !isClosed(status);
  if (isOpen && execution === 'stopped')
    return <StatusIndicator type="error">Stopped while {whileWords(status)}</StatusIndicator>;
  if (isOpen && paused)
    return <StatusIndicator type="stopped">Paused while {whileWords(status)}</StatusIndicator>;
  const isHeld = isOpen && cutoverHeld && status === 'catchingUp';
  if (isHeld) return <StatusIndicator type="pending">Cutover held</StatusIndicator>;
  const label = dryRun && status === 'completed' ? 'Planned' : STATUS_LABELS[status];
  return <StatusIndicator type={typeOf(migration)}>{label}</StatusIndicator>;
};
