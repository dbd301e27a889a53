import type { Execution } from '../../../functions/migration/execution.ts';
import type { Migration, MigrationEvent } from '../../../functions/migration/migration.ts';
import type { Progress } from '../../../functions/migration/progress.ts';
import { type Reason, reasonLine } from '../../../functions/migration/reason.ts';
import { notesOf } from '../watching/notes.ts';
import { viewStages } from '../watching/stage-view.ts';
import { duration, inCapitals, moment } from './figures.ts';
import { wayOf } from './render-migrations.ts';
import { stepOf } from './render-notice.ts';
import { isNew } from './render-outcome.ts';
import { indent, table } from './table.ts';

/** The execution of the migration's current attempt. */
interface Attempt {
  readonly execution: Execution;
  /** Why it ended, if it ended before the migration did. */
  readonly stoppedBy?: Reason;
}

/** Renders the progress of one migration, and the commands that an operator may use. */
export const renderStatus = (progress: Progress, attempt: Attempt, now: number): string[] => {
  const { migration } = progress;
  const notes = notesOf(migration, now).flatMap(({ text, command }) => [
    text,
    ...(command === undefined ? [] : indent([command])),
  ]);
  return [
    `Migration ${migration.migrationId}: ${attempt.execution === 'stopped' ? 'STOPPED, ' : ''}${inCapitals(migration.status)}`,
    `tenant ${migration.tenantId}, ${wayOf(migration)}`,
    '',
    ...indent(renderStages(progress, now)),
    ...(notes.length > 0 ? ['', ...indent(notes)] : []),
    '',
    ...indent(table(undefined, factsOf(migration, attempt))),
  ];
};

const renderStages = (progress: Progress, now: number): string[] =>
  table(
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

const factsOf = (migration: Migration, { execution, stoppedBy }: Attempt): string[][] => {
  const { attempt, failure, requestedAt, requestedBy, retryOf } = migration;
  const { cutoverFailure, fences, flippedAt, flippedBackAt } = migration;
  const fence = fences?.forwardMs === undefined ? '' : `, ${duration(fences.forwardMs)} after the fence`;
  return [
    ['attempt', `${attempt}, ${EXECUTION_WORDS[execution]}`],
    ...(execution === 'stopped' ? [['continue', `tierferry retry ${migration.migrationId}`]] : []),
    ['requested', `${moment(requestedAt)} by ${requestedBy}`],
    ...(retryOf === undefined ? [] : [['retry of', retryOf]]),
    ...(flippedAt === undefined ? [] : [['flipped', `${moment(flippedAt)}${fence}`]]),
    ...wayBackOf(migration),
    ...(flippedBackAt === undefined ? [] : [['flipped back', moment(flippedBackAt)]]),
    ...(cutoverFailure ? [['cutover', reasonLine(cutoverFailure)]] : []),
    ...(failure ? [['failure', reasonLine(failure)]] : []),
    ...(stoppedBy && isNew(stoppedBy, failure) ? [['stopped by', reasonLine(stoppedBy)]] : []),
  ];
};

/** Renders who requested the cancel, or after the flip the rollback. */
const wayBackOf = ({ cancellation, flippedAt }: Migration): string[][] =>
  cancellation
    ? [[flippedAt === undefined ? 'cancelled' : 'rollback', `by ${cancellation.by}: ${cancellation.why}`]]
    : [];

/** Renders the audit trail: who, when, from, to, reason. */
export const renderEvents = (events: readonly MigrationEvent[]): string[] =>
  events.length === 0
    ? ['no events yet']
    : events.flatMap((event) => [
        `${moment(event.at)}  ${stepOf(event)}, by ${event.who}`,
        ...indent([event.why], moment(event.at).length + 2),
      ]);
