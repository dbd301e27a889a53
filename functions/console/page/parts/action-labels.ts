import type { Action } from '../api/schema.ts';

export type ActionName = Action['name'];

/** Labels of the buttons of actions. */
export const ACTION_LABELS: Readonly<Record<ActionName, string>> = {
  pause: 'Pause',
  resume: 'Resume',
  'hold-cutover': 'Hold cutover',
  cutover: 'Release cutover',
  limit: 'Change limits',
  cancel: 'Cancel',
  rollback: 'Roll back',
  'rollback-discarding': 'Roll back, discard stragglers',
  'abandon-rollback': 'Abandon rollback',
  hold: 'Change hold',
  'end-hold': 'End hold',
  retry: 'Retry',
};
