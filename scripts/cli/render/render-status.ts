import { formatDuration } from '../../../functions/migration/format-duration.ts';
import type { Migration, MigrationEvent } from '../../../functions/migration/migration.ts';
import type { Progress } from '../../../functions/migration/operator/progress.ts';
import { type Reason, reasonLine } from '../../../functions/migration/reason.ts';
import type { Execution } from '../../../functions/migration/record/execution.ts';
import { notesOf } from '../watching/notes.ts';
import { viewStages } from '../watching/stage-view.ts';
import { capitalised, formatTime } from './figures.ts';
import { statusChangeOf } from './render-event.ts';
import { tiersOf } from './render-migrations.ts';
import { firstCommand } from './render-next.ts';
import { isNew } from './render-outcome.ts';
import { indent, renderTable } from './text-table.ts';

/** The execution of the migration's current attempt. */
interface ExecutionState {
  readonly execution: Execution;
  /** Why it ended, if it ended before the migration did. */
  readonly stoppedBy?: Reason;
}

/** Renders the progress of one migration, and the commands that an operator may use. */
export const renderStatus = (progress: Progress, attempt: ExecutionState, now: number): string[] => {
  const { migration } = progress;
  const notes = notesOf(migration, now).flatMap(({ text, command }) => [
    text,
    ...(command === undefined ? [] : indent([command])),
  ]);
  return [
    `Migration ${migration.migrationId}: ${attempt.execution === 'stopped' ? 'STOPPED, ' : ''}${capitalised(migration.status)}`,
    `tenant ${migration.tenantId}, ${tiersOf(migration)}`,
    '',
    ...indent(renderStages(progress, now)),
    ...(notes.length > 0 ? ['', ...indent(notes)] : []),
    '',
    ...indent(renderTable(undefined, statusRowsOf(migration, attempt))),
  ];
};

const renderStages = (progress: Progress, now: number): string[] =>
  renderTable(
    undefined,
    viewStages(progress, now).map((view) => [
      `${view.number} ${view.title}`,
      view.state,
      `${Math.floor(view.fraction * 100)} %`,
      view.detail,
    ]),
    ['left', 'left', 'right'],
  );

const EXECUTION_WORDS: Readonly<Record<Execution, string>> = {
  running: 'running',
  waiting: 'not started',
  ended: 'ended',
  stopped: 'stopped: no execution is working on it',
  unknown: 'not known whether it is running',
};

const statusRowsOf = (migration: Migration, { execution, stoppedBy }: ExecutionState): string[][] => {
  const { attempt, failure, requestedAt, requestedBy, retryOf } = migration;
  const { cutoverFailure, fences, flippedAt, reverseFlippedAt } = migration;
  const first = (failure && firstCommand(failure)) ?? (stoppedBy && firstCommand(stoppedBy));
  const fence =
    fences?.forwardMs === undefined ? '' : `, ${formatDuration(fences.forwardMs)} after the fence began`;
  return [
    ['attempt', `${attempt}, ${EXECUTION_WORDS[execution]}`],
    ...(execution === 'stopped' ? [['continue', `tierferry retry ${migration.migrationId}`]] : []),
    ['requested', `${formatTime(requestedAt)} by ${requestedBy}`],
    ...(retryOf === undefined ? [] : [['retry of', retryOf]]),
    ...(flippedAt === undefined ? [] : [['flipped', `${formatTime(flippedAt)}${fence}`]]),
    ...cancellationOf(migration),
    ...(reverseFlippedAt === undefined ? [] : [['flipped back', formatTime(reverseFlippedAt)]]),
    ...(cutoverFailure ? [['cutover', reasonLine(cutoverFailure)]] : []),
    ...(failure ? [['failure', reasonLine(failure)]] : []),
    ...(stoppedBy && isNew(stoppedBy, failure) ? [['stopped by', reasonLine(stoppedBy)]] : []),
    ...(execution === 'stopped' && first !== undefined ? [['look first', first]] : []),
  ];
};

/** Renders who requested the cancel, or after the flip the rollback. */
const cancellationOf = ({ cancellation, flippedAt }: Migration): string[][] =>
  cancellation
    ? [[flippedAt === undefined ? 'cancelled' : 'rollback', `by ${cancellation.by}: ${cancellation.reason}`]]
    : [];

/** Renders the audit trail: who, when, from, to, reason. */
export const renderEvents = (events: readonly MigrationEvent[]): string[] =>
  events.length === 0
    ? ['no events yet']
    : events.flatMap((event) => [
        `${formatTime(event.at)}  ${statusChangeOf(event)}, by ${event.who}`,
        ...indent([event.reason], formatTime(event.at).length + 2),
      ]);
