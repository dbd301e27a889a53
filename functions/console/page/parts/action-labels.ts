import type { Action } from '../api/schema.ts';

export type ActionName = Action['name'];

/** Labels of the buttons of actions. */
export const ACTION_LABELS: Readonly<Record<ActionName, string>> = {
  pause: 'Pause',
  resume: 'Resume',
  'hold-cutover': 'Hold the cutover',
  cutover: 'Release the cutover',
  limit: 'Change limits',
  cancel: 'Cancel',
  rollback: 'Roll back',
  'rollback-discarding': 'Roll back, discard stragglers',
  'abandon-rollback': 'Abandon rollback',
  hold: 'Change the hold of the source',
  'end-hold': 'End the hold, delete the source',
  retry: 'Retry',
};

export const ACTION_NAMES = Object.keys(ACTION_LABELS) as readonly ActionName[];
