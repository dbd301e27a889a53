import { commandOf } from '../../../functions/documents/next-command.ts';
import { StragglersFound, TenantHasItems, TierferryError } from '../../../functions/migration/errors.ts';
import type { NextAction, NextStep } from '../../../functions/migration/next-action.ts';
import type { Reason } from '../../../functions/migration/reason.ts';

/** Words a next action for the terminal: its command, or what a person does by hand. */
export const renderNext = (next: NextStep): string =>
  next.action === 'by-hand' ? next.todo : (commandOf(next) ?? '');

/** Renders the next action after an error: one line, or two if there is another choice. */
export const renderNextLines = (error: unknown): string[] => {
  if (error instanceof TenantHasItems && error.facts.tenantId !== undefined)
    return [
      `To delete its items, after a backup of the table: tierferry tenant remove ${error.facts.tenantId} --delete-items`,
    ];
  if (!(error instanceof TierferryError) || error.next === null) return [];
  const { migrationId } = error.facts;
  const discard =
    error instanceof StragglersFound && migrationId !== undefined
      ? [`Or, to keep the target's values: tierferry rollback ${migrationId} --discard-stragglers`]
      : [];
  return [`Next: ${renderNext(error.next)}`, ...discard];
};

/** Actions that the display of a stopped migration names anyway. */
const NAMED_ANYWAY: readonly NonNullable<NextAction>['action'][] = ['retry', 'watch'];

/** Returns what to do before a stopped migration is retried; undefined if nothing is. */
export const firstCommand = ({ next }: Reason): string | undefined =>
  next === undefined || NAMED_ANYWAY.includes(next.action) ? undefined : renderNext(next);
