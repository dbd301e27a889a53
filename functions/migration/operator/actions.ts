import { counted } from '../counted.ts';
import { InvalidRequest, NotSafe, RecordDamaged, Throttled, TierferryError, Unavailable } from '../errors.ts';
import { fallbackIfDamaged } from '../fallback-if-damaged.ts';
import { isClosed, isFlipped } from '../life-cycle.ts';
import type { Migration } from '../migration.ts';
import type { MigrationStep, NextAction } from '../next-action.ts';
import type { Ports } from '../ports.ts';
import type { OperatorExecution } from '../record/execution.ts';
import {
  abandonRefusal,
  cancelRefusal,
  endHoldRefusal,
  holdCutoverRefusal,
  holdRefusal,
  limitRefusal,
  onSourceRefusal,
  pauseRefusal,
  type Refusal,
  releaseCutoverRefusal,
  resumeRefusal,
  retryRefusal,
  rollbackRefusal,
} from '../record/refusals.ts';
import { checkRequest } from '../requests/request-migration.ts';
import { livesOnTarget } from '../route/lives-on-target.ts';
import { readExecutionState, repeatedRequest } from './retry-migration.ts';

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

/** An action that an operator may take on a migration. */
export interface Action {
  readonly name: ActionName;
  readonly allowed: boolean;
  /** Reason why the action is not allowed; null if it is. */
  readonly reason: string | null;
  /** Action to take instead; null if the action is allowed, or nothing is better. */
  readonly next: NextAction;
  /** `disruptive`: undoes or delays work. `irreversible`: cannot be undone. */
  readonly danger: (typeof DANGERS)[number];
  /** Text that the operator types to confirm it. */
  readonly confirm: (typeof CONFIRMATIONS)[number];
  /** The consequence, in one sentence. */
  readonly effect: string;
}

/** Facts on which actions depend, and which the migration's record does not show. */
export interface ActionFacts {
  readonly execution: OperatorExecution;
  /** Number of keys reported as written to the source after the flip. */
  readonly stragglers: number;
  /** Reason why the request cannot be made again; only for a migration that was rolled back or has failed. */
  readonly againRefusal: Refusal | undefined;
}

interface Rule extends Pick<Action, 'danger' | 'confirm'> {
  refusal(migration: Migration, facts: ActionFacts): Refusal | undefined;
  effect(migration: Migration): string;
}

const harmless = { danger: 'none', confirm: 'none' } as const;
const disruptive = { danger: 'disruptive', confirm: 'none' } as const;
const irreversible = { danger: 'irreversible', confirm: 'tenantId' } as const;

const plainRollbackRefusal = (migration: Migration, { stragglers }: ActionFacts): Refusal | undefined =>
  rollbackRefusal(migration) ??
  (stragglers > 0
    ? {
        reason: `${counted(stragglers, 'key')} of ${migration.source.table} ${stragglers === 1 ? 'was' : 'were'} written after the flip. Compare them in the report first; a rollback that discards them keeps the target's values of all keys that still differ`,
        next: { action: 'report', migrationId: migration.migrationId },
      }
    : undefined);

/** Decides by the record alone: the reverse flip changes record and route in one transaction. */
const abandonNowRefusal = (migration: Migration): Refusal | undefined =>
  abandonRefusal(migration) ?? (livesOnTarget(migration) ? undefined : onSourceRefusal(migration));

const RULES: Readonly<Record<ActionName, Rule>> = {
  pause: {
    ...harmless,
    refusal: pauseRefusal,
    effect: () =>
      'The migration copies, applies, flips and deletes nothing until it is resumed. Changes are still captured.',
  },
  resume: {
    ...harmless,
    refusal: resumeRefusal,
    effect: () => 'The migration continues where it was paused.',
  },
  'hold-cutover': {
    ...harmless,
    refusal: holdCutoverRefusal,
    effect: () => 'The cutover waits until it is released. Changes continue to be applied.',
  },
  cutover: {
    ...disruptive,
    refusal: releaseCutoverRefusal,
    effect: ({ tenantId }) =>
      `The cutover begins once few changes are left to apply. Writes of ${tenantId} wait for a moment.`,
  },
  limit: {
    ...harmless,
    refusal: limitRefusal,
    effect: () => 'The migration uses at most the given number of read or write units a second from now on.',
  },
  cancel: {
    ...disruptive,
    refusal: cancelRefusal,
    effect: ({ tenantId, source }) => `The copies are discarded; ${tenantId} stays in ${source.table}.`,
  },
  rollback: {
    ...disruptive,
    refusal: plainRollbackRefusal,
    effect: ({ tenantId, source, target }) =>
      `${tenantId} returns to ${source.table} with every write made since the flip. Writes wait for a moment, as at the flip. Then the copies are deleted from ${target.table}, which may take longer than the copy did.`,
  },
  'rollback-discarding': {
    ...irreversible,
    refusal: rollbackRefusal,
    effect: ({ tenantId, source }) =>
      `${tenantId} returns to ${source.table}. Values that were written there after the flip, without the router, are overwritten with the target's.`,
  },
  'abandon-rollback': {
    ...disruptive,
    refusal: abandonNowRefusal,
    effect: ({ tenantId, target }) => `${tenantId} stays in ${target.table}, and the hold continues.`,
  },
  hold: {
    ...disruptive,
    refusal: holdRefusal,
    effect: ({ source }) =>
      `The tenant's items in ${source.table} are kept for the given time after the flip. A rollback is possible until then.`,
  },
  'end-hold': {
    ...irreversible,
    refusal: endHoldRefusal,
    effect: ({ source }) =>
      `The tenant's items in ${source.table} are compared once more and then deleted. No rollback is possible after that.`,
  },
  retry: {
    ...harmless,
    refusal: (migration, { execution, againRefusal }) => retryRefusal(migration, execution) ?? againRefusal,
    effect: ({ status }) =>
      isClosed(status)
        ? 'A new migration is requested with the same target.'
        : 'The next attempt continues where the last one stopped.',
  },
};

/** Returns every action, with the reason if it is not allowed now. */
export const actionsOf = (migration: Migration, facts: ActionFacts): readonly Action[] =>
  ACTION_NAMES.map((name) => {
    const { effect, danger, confirm } = RULES[name];
    const { reason = null, next = null } = refusalOf(migration, facts, name) ?? {};
    return {
      ...{ name, allowed: reason === null, reason, next: allowedNext(migration, facts, next) },
      ...{ danger, confirm, effect: effect(migration) },
    };
  });

const refusalOf = (migration: Migration, facts: ActionFacts, name: ActionName): Refusal | undefined =>
  dryRunRefusal(migration, name) ?? RULES[name].refusal(migration, facts);

/** Returns a recommendation, or the one that its refusal names instead: no refused action is recommended. */
const allowedNext = (migration: Migration, facts: ActionFacts, next: NextAction): NextAction => {
  const name = ACTION_NAMES.find((known) => known === next?.action);
  const refusal = name && refusalOf(migration, facts, name);
  return refusal ? allowedNext(migration, facts, refusal.next) : next;
};

/** Refuses actions that have no effect on a dry run, which ends after its plan. */
const dryRunRefusal = ({ migrationId, dryRun }: Migration, name: ActionName): Refusal | undefined =>
  dryRun && name !== 'cancel' && name !== 'retry'
    ? { reason: `${migrationId} is a dry run: it only plans`, next: null }
    : undefined;

/** Reads the facts for a migration's actions. A fact that cannot be read now counts as unknown, not as an error. */
export const readActionFacts = async (ports: Ports, migration: Migration): Promise<ActionFacts> => {
  const { migrationId, status } = migration;
  const execution = await readExecutionState(ports, migration).catch((error: unknown): OperatorExecution => {
    if (isAnyOf(error, [Throttled, Unavailable, InvalidRequest, RecordDamaged])) return 'unknown';
    throw error;
  });
  const none = { differences: [] };
  const foreign =
    status === 'holding'
      ? (await fallbackIfDamaged(ports.migrations.foreign(migrationId), none)).differences
      : [];
  return {
    execution,
    stragglers: foreign.filter(({ isAfterReverseFlip }) => !isAfterReverseFlip).length,
    againRefusal: await againRefusalOf(ports, migration),
  };
};

const againRefusalOf = async (ports: Ports, migration: Migration): Promise<Refusal | undefined> => {
  if (migration.status !== 'rolledBack' && migration.status !== 'failed') return undefined;
  try {
    await checkRequest(ports, repeatedRequest(migration, migration.requestedBy));
    return undefined;
  } catch (error) {
    if (!(error instanceof Error) || !isAnyOf(error, [InvalidRequest, NotSafe, RecordDamaged])) throw error;
    return { reason: error.message, next: error instanceof TierferryError ? error.next : null };
  }
};

const isAnyOf = (error: unknown, known: readonly (abstract new (...given: never[]) => Error)[]): boolean =>
  known.some((one) => error instanceof one);

/**
 * Returns the recommended next action, which is never a refused one. Facts that are not given count as those of a migration
 * whose execution runs until it has ended, and which may be requested again.
 */
export const nextOf = (migration: Migration, given: Partial<ActionFacts> = {}): NextAction => {
  const execution = isClosed(migration.status) ? 'ended' : 'running';
  const facts = { execution, stragglers: 0, againRefusal: undefined, ...given } as const;
  return allowedNext(migration, facts, usualNext(migration, facts.execution));
};

const usualNext = (
  { migrationId, status, dryRun, paused, cutoverHeld }: Migration,
  execution: OperatorExecution,
): NextAction => {
  const toDo = (action: MigrationStep): NextAction => ({ action, migrationId });
  if (status === 'rolledBack' || status === 'failed') return dryRun ? null : toDo('retry');
  if (isClosed(status)) return null;
  if (execution === 'stopped') return toDo('retry');
  if (dryRun) return toDo('watch');
  if (paused) return toDo('resume');
  if (cutoverHeld && status !== 'rollingBack' && !isFlipped(status)) return toDo('cutover');
  return toDo('watch');
};
