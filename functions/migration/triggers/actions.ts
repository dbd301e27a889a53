import { InvalidRequest, NotSafe, RecordDamaged, Throttled, Unavailable } from '../errors.ts';
import type { OperatorExecution } from '../execution.ts';
import { isClosed, isFlipped } from '../life-cycle.ts';
import type { Migration } from '../migration.ts';
import type { Ports } from '../ports.ts';
import {
  abandonRefusal,
  cancelRefusal,
  endHoldRefusal,
  holdCutoverRefusal,
  holdRefusal,
  letCutOverRefusal,
  limitRefusal,
  onSourceRefusal,
  pauseRefusal,
  type Refusal,
  resumeRefusal,
  retryRefusal,
  rollbackRefusal,
} from '../refusals.ts';
import { unlessDamaged } from '../unless-damaged.ts';
import { checkRequest } from './request-migration.ts';
import { requestAgain, strictExecutionOf } from './retry-migration.ts';

export const ACTION_NAMES = [
  'pause',
  'resume',
  'hold-cutover',
  'cutover',
  'limit',
  'cancel',
  'rollback',
  'rollback-discarding',
  'abandon-rollback',
  'hold',
  'end-hold',
  'retry',
] as const;
export type ActionName = (typeof ACTION_NAMES)[number];

export const DANGERS = ['none', 'disruptive', 'irreversible'] as const;
export const CONFIRMATIONS = ['none', 'tenantId'] as const;

/** An action of an operator on a migration, and its effect. */
export interface Action {
  readonly name: ActionName;
  readonly allowed: boolean;
  /** Why it is not allowed; null if it is. */
  readonly reason: string | null;
  /** `disruptive` makes work undone or delays it; `irreversible` cannot be taken back. */
  readonly danger: (typeof DANGERS)[number];
  /** Text that the operator types to confirm it. */
  readonly confirm: (typeof CONFIRMATIONS)[number];
  /** The consequence, in one sentence. */
  readonly effect: string;
}

/** Facts that actions depend on and that the migration's record does not show. */
export interface ActionFacts {
  readonly execution: OperatorExecution;
  /** Keys that are reported as written to the source after the flip. */
  readonly stragglers: number;
  /** Why the request cannot be made again; only for a migration that was rolled back or has failed. */
  readonly againRefusal: Refusal;
}

interface Rule extends Pick<Action, 'danger' | 'confirm'> {
  refusal(migration: Migration, facts: ActionFacts): Refusal;
  effect(migration: Migration): string;
}

const harmless = { danger: 'none', confirm: 'none' } as const;
const disruptive = { danger: 'disruptive', confirm: 'none' } as const;
const irreversible = { danger: 'irreversible', confirm: 'tenantId' } as const;

const plainRollbackRefusal = (migration: Migration, { stragglers }: ActionFacts): Refusal =>
  rollbackRefusal(migration) ??
  (stragglers > 0
    ? `${stragglers} keys of ${migration.source.table} are reported as written after the flip. Compare them in the report first; a rollback that discards them keeps the target's values of all that still differ`
    : undefined);

/** The record shows the reverse flip, after which the route is on the source: both change in one transaction. */
const abandonNowRefusal = (migration: Migration): Refusal => {
  const { flippedAt, flippedBackAt } = migration;
  const isOnSource = flippedAt === undefined || flippedBackAt !== undefined;
  return abandonRefusal(migration) ?? (isOnSource ? onSourceRefusal(migration) : undefined);
};

const RULES: Readonly<Record<ActionName, Rule>> = {
  pause: {
    ...harmless,
    refusal: pauseRefusal,
    effect: () => 'Nothing is copied, applied, flipped or removed until it is resumed; changes are captured.',
  },
  resume: { ...harmless, refusal: resumeRefusal, effect: () => 'The migration goes on where it was paused.' },
  'hold-cutover': {
    ...harmless,
    refusal: holdCutoverRefusal,
    effect: () => 'The cutover waits until it is released; changes are applied all the while.',
  },
  cutover: {
    ...disruptive,
    refusal: letCutOverRefusal,
    effect: ({ tenantId }) =>
      `The cutover begins once little is left to apply; writes of ${tenantId} are fenced for a moment.`,
  },
  limit: {
    ...harmless,
    refusal: limitRefusal,
    effect: () => 'The migration reads and writes at most as many capacity units a second, from now on.',
  },
  cancel: {
    ...disruptive,
    refusal: cancelRefusal,
    effect: ({ tenantId, source }) => `What was copied is discarded; ${tenantId} stays in ${source.table}.`,
  },
  rollback: {
    ...disruptive,
    refusal: plainRollbackRefusal,
    effect: ({ tenantId, source }) =>
      `${tenantId} goes back to ${source.table} with every write made since the flip.`,
  },
  'rollback-discarding': {
    ...irreversible,
    refusal: rollbackRefusal,
    effect: ({ tenantId, source }) =>
      `${tenantId} goes back to ${source.table}; values that were written to it after the flip past the router are overwritten by the target's.`,
  },
  'abandon-rollback': {
    ...disruptive,
    refusal: abandonNowRefusal,
    effect: ({ tenantId, target }) => `${tenantId} stays in ${target.table}, and the hold goes on.`,
  },
  hold: {
    ...disruptive,
    refusal: holdRefusal,
    effect: ({ source }) =>
      `${source.table} is kept as long after the flip as is given; a rollback is possible until then.`,
  },
  'end-hold': {
    ...irreversible,
    refusal: endHoldRefusal,
    effect: ({ source }) =>
      `The kept source in ${source.table} is compared once more and then deleted; no rollback is possible after that.`,
  },
  retry: {
    ...harmless,
    refusal: (migration, { execution, againRefusal }) => retryRefusal(migration, execution) ?? againRefusal,
    effect: ({ status }) =>
      isClosed(status)
        ? 'A new migration does it again.'
        : 'The next attempt goes on from where the last one got to.',
  },
};

/** Returns every action with whether it would be carried out now, and why not. */
export const actionsOf = (migration: Migration, facts: ActionFacts): readonly Action[] =>
  ACTION_NAMES.map((name) => {
    const { refusal, effect, danger, confirm } = RULES[name];
    const reason = dryRunRefusal(migration, name) ?? refusal(migration, facts) ?? null;
    return { name, allowed: reason === null, reason, danger, confirm, effect: effect(migration) };
  });

/** A dry run ends after its plan: there is nothing to pause, hold or flip. */
const dryRunRefusal = ({ migrationId, dryRun }: Migration, name: ActionName): Refusal =>
  dryRun && name !== 'cancel' && name !== 'retry' ? `${migrationId} is a dry run: it only plans` : undefined;

/** Reads what the actions of a migration depend on beside its record. What cannot be read is unknown, and no error. */
export const readActionFacts = async (ports: Ports, migration: Migration): Promise<ActionFacts> => {
  const { migrationId, status } = migration;
  const execution = await strictExecutionOf(ports, migration).catch((error: unknown): OperatorExecution => {
    if (isAnyOf(error, [Throttled, Unavailable, InvalidRequest, RecordDamaged])) return 'unknown';
    throw error;
  });
  const none = { differences: [] };
  const foreign =
    status === 'holding'
      ? (await unlessDamaged(ports.migrations.foreign(migrationId), none)).differences
      : [];
  return {
    execution,
    stragglers: foreign.filter(({ isTargetLeft }) => !isTargetLeft).length,
    againRefusal: await againRefusalOf(ports, migration),
  };
};

const againRefusalOf = async (ports: Ports, migration: Migration): Promise<Refusal> => {
  if (migration.status !== 'rolledBack' && migration.status !== 'failed') return undefined;
  try {
    await checkRequest(ports, requestAgain(migration, migration.requestedBy));
    return undefined;
  } catch (error) {
    if (!(error instanceof Error) || !isAnyOf(error, [InvalidRequest, NotSafe, RecordDamaged])) throw error;
    return error.message;
  }
};

const isAnyOf = (error: unknown, known: readonly (abstract new (...given: never[]) => Error)[]): boolean =>
  known.some((one) => error instanceof one);

export const NEXT_ACTIONS = ['watch', 'resume', 'cutover', 'retry'] as const;
/** The recommended action: what an operator or a program does next about a migration. */
export type NextAction = {
  readonly action: (typeof NEXT_ACTIONS)[number];
  readonly migrationId: string;
} | null;

/** Returns the recommended action, as far as the migration's record and its execution tell. */
export const nextOf = (
  { migrationId, status, dryRun, paused, cutoverHeld }: Migration,
  execution: OperatorExecution = isClosed(status) ? 'ended' : 'running',
): NextAction => {
  const toDo = (action: NonNullable<NextAction>['action']): NextAction => ({ action, migrationId });
  if (status === 'rolledBack' || status === 'failed') return dryRun ? null : toDo('retry');
  if (isClosed(status)) return null;
  if (execution === 'stopped') return toDo('retry');
  if (paused) return toDo('resume');
  if (cutoverHeld && status !== 'rollingBack' && !isFlipped(status)) return toDo('cutover');
  return toDo('watch');
};
